// What linked records and people are called: asked for together, once.
import { SvelteMap } from 'svelte/reactivity';

import { listPeople } from '../api/client';
import { session } from '../session.svelte';
import { listRecords, type Page } from './api';
import { type Row, type Table, titleOf } from './shapes';
import { r } from '../words/records.svelte';

/** As many as a condition lists. */
const TOGETHER = 100;

export class Names {
  /** `clients 12` → its title. */
  private readonly titles = new SvelteMap<string, string>();
  private readonly wanted = new Map<string, Set<number>>();
  private readonly asked = new Set<string>();
  people = $state.raw<{ id: number; name: string; active: boolean }[]>([]);

  constructor(readonly tables: Table[]) {
    if (session.may('read accounts')) void this.readPeople();
  }

  private async readPeople(): Promise<void> {
    const { data } = await listPeople();
    this.people = (data?.items ?? []).filter(({ role }) => role !== 'device').map(({ id, name, active }) => ({ id, name, active }));
  }

  table(key: string): Table | undefined {
    return this.tables.find((table) => table.key === key);
  }

  person(id: number): string {
    const named = this.titles.get(`people ${id}`);
    if (named !== undefined) return named;
    return this.people.find((person) => person.id === id)?.name ?? (session.person?.id === id ? session.person.name : `#${id}`);
  }

  /** What a file is called; until that is known, its number. */
  file(id: number): string {
    return this.titles.get(`files ${id}`) ?? `#${id}`;
  }

  /** Its title; until that is known, its number. */
  record(table: string, id: number): string {
    const name = `${table} ${id}`;
    const known = this.titles.get(name);
    if (known === undefined && !this.asked.has(name)) this.want(table, id, name);
    return known ?? `#${id}`;
  }

  /** What was read anyway. */
  learn(table: Table, rows: Row[]): void {
    const title = titleOf(table);
    if (title === undefined) return;
    for (const { id, values } of rows) {
      const said = values[title.key];
      if (typeof said === 'string') this.titles.set(`${table.key} ${id}`, said);
    }
  }

  /** What the appliance said beside a list. */
  take(names: Page['names']): void {
    for (const [table, all] of Object.entries(names ?? {})) for (const [id, name] of Object.entries(all)) this.titles.set(`${table} ${id}`, name);
  }

  private want(table: string, id: number, name: string): void {
    this.asked.add(name);
    if (this.wanted.size === 0) setTimeout(() => void this.read(), 0);
    const ids = this.wanted.get(table) ?? new Set();
    this.wanted.set(table, ids.add(id));
  }

  private async read(): Promise<void> {
    const wanted = [...this.wanted];
    this.wanted.clear();
    for (const [key, ids] of wanted) {
      const table = this.table(key);
      const title = table && titleOf(table);
      if (table === undefined || title === undefined) continue;
      const all = [...ids];
      for (let from = 0; from < all.length; from += TOGETHER) {
        const some = all.slice(from, from + TOGETHER);
        const { data } = await listRecords(key, { filter: `id in [${some.join(', ')}]`, fields: title.key, limit: TOGETHER });
        this.learn(table, data?.items ?? []);
        // Deleted, or beyond the reader's reach: no number says more than that.
        if (data !== undefined) for (const id of some) if (!this.titles.has(`${key} ${id}`)) this.titles.set(`${key} ${id}`, r('link.hidden'));
      }
    }
  }
}
