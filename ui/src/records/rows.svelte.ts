// The rows of a list: page after page as they are scrolled to, and what was just changed in them.
import type { Problem } from '../api/client';
import { Latest } from '../latest';
import { type Asked, listRecords } from './api';
import type { Names } from './names.svelte';
import type { Row, Table, Values } from './shapes';

/** As many as the appliance gives at once. */
const PAGE = 200;

export class Rows {
  items = $state.raw<Row[]>([]);
  problem = $state.raw<Problem | undefined>();
  busy = $state(true);
  /** There are more behind those that are here. */
  more = $state(false);
  private next: string | undefined;
  private asked: Asked = {};
  private readonly latest = new Latest();

  constructor(
    readonly table: Table,
    private readonly names: Names,
  ) {}

  async read(asked: Asked): Promise<void> {
    this.asked = asked;
    await this.fetch(undefined);
  }

  again(): Promise<void> {
    return this.fetch(undefined);
  }

  async further(): Promise<void> {
    if (!this.busy && this.more) await this.fetch(this.next);
  }

  /** Everything, up to so many. */
  async all(most: number): Promise<void> {
    while (this.more && this.items.length < most && this.problem === undefined) await this.fetch(this.next);
  }

  end(): void {
    this.latest.end();
  }

  private async fetch(after: string | undefined): Promise<void> {
    const still = this.latest.begin();
    this.busy = true;
    const { data, problem } = await listRecords(this.table.key, { limit: PAGE, names: true, ...this.asked, ...(after === undefined ? {} : { after }) });
    // Something else was asked for meanwhile.
    if (!still()) return;
    this.busy = false;
    this.problem = problem;
    if (data === undefined) return;
    this.names.take(data.names);
    this.names.learn(this.table, data.items);
    this.items = after === undefined ? data.items : [...this.items, ...data.items];
    this.next = data.next ?? undefined;
    this.more = this.next !== undefined;
  }

  row(id: number): Row | undefined {
    return this.items.find((row) => row.id === id);
  }

  /** Shows other values in rows that are here. */
  put(changes: { id: number; values: Values; version?: number }[]): void {
    const by = new Map(changes.map((change) => [change.id, change]));
    this.items = this.items.map((row) => {
      const change = by.get(row.id);
      return change === undefined ? row : { ...row, version: change.version ?? row.version, values: { ...row.values, ...change.values } };
    });
  }

  add(rows: Row[]): void {
    this.items = [...this.items, ...rows];
  }

  remove(ids: Set<number>): void {
    this.items = this.items.filter(({ id }) => !ids.has(id));
  }
}
