// One record and its changes: saved field by field, undone, refused in words, and put side by side where two changed it.
import type { Problem } from '../api/client';
import { Latest } from '../latest';
import { sentence } from '../problems';
import { undo } from '../undo.svelte';
import { r } from '../words/records.svelte';
import { changeRecord, conflictsOf, faultsOf, listRecords, readRecord } from './api';
import { type Conflict, isEmpty, type Row, same, type Table, type Value, type Values } from './shapes';
import { tables } from './tables.svelte';

export class Editing {
  row = $state.raw<Row | undefined>();
  /** Why it could not be read. */
  problem = $state.raw<Problem | undefined>();
  refused = $state<string | undefined>();
  faults = $state.raw<Record<string, string>>({});
  conflicts = $state.raw<Conflict[] | undefined>();
  private readonly latest = new Latest();
  /** Hears what became of a change that waits for a choice. */
  private decided: (taken: boolean) => void = () => {};

  /** `told`: it is other than it was, as it is now. */
  constructor(
    readonly table: Table,
    readonly id: number,
    private readonly told: (row: Row) => void,
  ) {}

  async read(): Promise<void> {
    const still = this.latest.begin();
    const answer = await readRecord(this.table.key, this.id);
    if (!still()) return;
    this.problem = answer.problem;
    this.row = answer.data;
    const found = answer.data;
    if (found === undefined) return;
    tables.names.learn(this.table, [found]);
    const papers = this.table.fields.filter((field) => field.kind === 'attachment' && !isEmpty(found.values[field.key]));
    if (papers.length > 0) tables.names.take((await listRecords(this.table.key, { filter: `id == ${this.id}`, names: true })).data?.names);
  }

  end(): void {
    this.latest.end();
  }

  /** Answers whether it was taken. */
  async change(values: Values, said: string): Promise<boolean> {
    if (this.row === undefined) return false;
    const seen = this.row;
    const base = Object.fromEntries(Object.keys(values).map((key) => [key, seen.values[key] ?? null]));
    if (Object.keys(values).every((key) => same(values[key], base[key]))) return true;
    this.refused = undefined;
    const { data, problem: found } = await changeRecord(this.table.key, this.id, values, base);
    if (found !== undefined) {
      this.conflicts = conflictsOf(found).length > 0 ? conflictsOf(found) : undefined;
      this.faults = Object.fromEntries(faultsOf(found).map(({ field, message }) => [field, message]));
      if (this.conflicts !== undefined) return new Promise((resolve) => (this.decided = resolve));
      this.refused = faultsOf(found)[0]?.message ?? (found.detail || sentence(found));
      return false;
    }
    this.faults = {};
    this.row = data.values === undefined ? { ...seen, values: { ...seen.values, ...values } } : data;
    this.told(this.row);
    undo.offer(said, () => void this.change(base, r('undone')));
    return true;
  }

  save = (key: string, value: Value, label: string): Promise<boolean> => this.change({ [key]: value }, r('saved.field', { name: label }));

  /** What was chosen where both had changed it. */
  settle(mine: Values, theirs: Values): void {
    this.conflicts = undefined;
    if (this.row !== undefined) {
      this.row = { ...this.row, values: { ...this.row.values, ...theirs } };
      this.told(this.row);
    }
    const { decided } = this;
    if (Object.keys(mine).length > 0) void this.change(mine, r('saved')).then(decided);
    else decided(true);
  }

  /** Nothing is chosen now: what was typed stays. */
  later(): void {
    this.conflicts = undefined;
    this.decided(false);
  }
}
