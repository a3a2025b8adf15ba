// Changes to rows of a list: shown at once, sent, taken back where they are refused, undone where somebody wants that.
import { SvelteMap } from 'svelte/reactivity';

import type { Problem } from '../api/client';
import { uuid } from '../api/keys';
import { sentence } from '../problems';
import { undo } from '../undo.svelte';
import { r } from '../words/records.svelte';
import { changeRecord, conflictsOf, type Deed, faultsOf, restoreRecord, sendBatch } from './api';
import type { Rows } from './rows.svelte';
import { type Conflict, same, type Values } from './shapes';

export interface Change {
  id: number;
  values: Values;
}

/** `done`: how many of them were taken before the one that was refused. */
interface Sent {
  problem: Problem | undefined;
  done: number;
}

/** As many as the appliance takes at once. */
const TOGETHER = 1000;

const pick = (values: Values, like: Values): Values => Object.fromEntries(Object.keys(like).map((key) => [key, values[key] ?? null]));

export class Edits {
  /** `12 amount` → what is wrong with it. */
  readonly faults = new SvelteMap<string, string>();
  problem = $state.raw<string | undefined>();
  clash = $state.raw<{ id: number; conflicts: Conflict[] } | undefined>();
  /** Sent one after the other: each begins from what the one before it left. */
  private last: Promise<unknown> = Promise.resolve();
  /** What is shown already and not sent yet. */
  private readonly queued = new Set<Change[]>();

  /** `changed`: something is other than it was, for who counts. */
  constructor(
    readonly rows: Rows,
    private readonly changed: () => void = () => {},
  ) {}

  /** Answers whether it was taken. */
  async change(changes: Change[], said = r('saved.n', { n: changes.length })): Promise<boolean> {
    const real = changes.flatMap(({ id, values }) => {
      const row = this.rows.row(id);
      const other = Object.entries(values).filter(([key, value]) => row !== undefined && !same(row.values[key], value));
      return row === undefined || other.length === 0 ? [] : [{ id, values: Object.fromEntries(other), base: pick(row.values, Object.fromEntries(other)) }];
    });
    if (real.length === 0) return true;
    for (const { id, values } of real) for (const key of Object.keys(values)) this.faults.delete(`${id} ${key}`);
    this.problem = undefined;
    this.rows.put(real);
    const back = real.map(({ id, base }) => ({ id, values: base }));
    const [only] = real;
    const { problem, done } = await this.inTurn(real, () => (real.length === 1 && only !== undefined ? this.one(only) : this.many(real.map((change) => ({ change })))));
    if (problem !== undefined) {
      // Of very many some may be taken already: those can be taken back, the others never were.
      this.show(back.slice(done));
      this.refused(problem, real.slice(done));
      if (done === 0) return false;
    }
    this.changed();
    const kept = problem === undefined ? back : back.slice(0, done);
    undo.offer(problem === undefined ? said : r('saved.n', { n: done }), () => void this.change(kept, r('undone')));
    return problem === undefined;
  }

  /** Changes and new rows that came at once: one undo takes back all of it. */
  async paste(changes: Change[], creates: Values[]): Promise<void> {
    const before = undo.now;
    const taken = changes.length === 0 || (await this.change(changes));
    const back = undo.now === before ? undefined : undo.now?.back;
    if (taken && creates.length > 0) await this.create(creates, back);
  }

  private inTurn(changes: Change[], send: () => Promise<Sent>): Promise<Sent> {
    this.queued.add(changes);
    const mine = this.last.then(() => {
      this.queued.delete(changes);
      return send();
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  /** What an answer says of rows, under what was changed since. */
  private show(rows: Parameters<Rows['put']>[0]): void {
    this.rows.put(rows);
    for (const later of this.queued) this.rows.put(later);
  }

  private async one({ id, values, base }: Change & { base: Values }): Promise<Sent> {
    const { data, problem } = await changeRecord(this.rows.table.key, id, values, base);
    if (data !== undefined) this.show([data]);
    return { problem, done: 0 };
  }

  private async many(deeds: Deed[]): Promise<Sent> {
    for (let from = 0; from < deeds.length; from += TOGETHER) {
      const { data, problem } = await sendBatch(this.rows.table.key, deeds.slice(from, from + TOGETHER));
      if (problem !== undefined) return { problem, done: from };
      this.show(data?.items ?? []);
    }
    return { problem: undefined, done: deeds.length };
  }

  private refused(problem: Problem, changes: Change[]): void {
    const [only] = changes;
    const conflicts = conflictsOf(problem);
    if (conflicts.length > 0 && changes.length === 1 && only !== undefined) {
      this.clash = { id: only.id, conflicts };
      return;
    }
    const faults = faultsOf(problem) as { field: string; message: string; item?: number }[];
    for (const { field, message, item = 0 } of faults) this.faults.set(`${changes[item]?.id ?? 0} ${field}`, message);
    this.problem = faults[0]?.message ?? sentence(problem);
  }

  /** `also`: what else its undo takes back. */
  async create(all: Values[], also?: () => void): Promise<boolean> {
    const deeds = all.map((values) => ({ create: { uid: uuid(), values } }));
    const { data, problem } = await sendBatch(this.rows.table.key, deeds);
    if (data === undefined) {
      this.refused(problem, []);
      return false;
    }
    const rows = data.items;
    this.rows.add(rows);
    this.changed();
    undo.offer(r('created.n', { n: rows.length }), () => void this.remove(rows.map(({ id }) => id)).then(also));
    return true;
  }

  async remove(ids: number[]): Promise<void> {
    const { problem } = await this.many(ids.map((id) => ({ delete: { id } })));
    if (problem !== undefined) {
      this.refused(problem, []);
      return;
    }
    this.rows.remove(new Set(ids));
    this.changed();
    undo.offer(r('deleted.n', { n: ids.length }), () => void this.restore(ids));
  }

  private async restore(ids: number[]): Promise<void> {
    const found = await Promise.all(ids.map((id) => restoreRecord(this.rows.table.key, id)));
    const failed = found.find(({ problem }) => problem !== undefined)?.problem;
    if (failed !== undefined) this.problem = sentence(failed);
    await this.rows.again();
    this.changed();
  }
}
