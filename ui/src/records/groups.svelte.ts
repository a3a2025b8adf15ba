// The groups of a list: which there are, how many records each has, and which of them are shut: the address says it.
import { address } from '../address.svelte';
import { Latest } from '../latest';
import { sumBy } from './api';
import { groupsOf, idOf, shutIn, shutText, without } from './lines';
import type { Field, Value } from './shapes';

export class Groups {
  private counts = $state.raw<{ value: Value; n: number }[]>([]);
  private readonly shut = $derived(shutIn(address.get('shut')));
  private readonly latest = new Latest();

  constructor(private readonly table: string) {}

  of = (field: Field) => groupsOf(field, this.counts, this.shut);

  /** What is asked of the appliance while some are shut. */
  filter(field: Field | undefined, filter: string): string {
    if (field === undefined) return filter;
    return without(field, [...this.shut].map((id) => JSON.parse(id) as Value), filter);
  }

  async read(field: Field | undefined, filter: string): Promise<void> {
    const still = this.latest.begin();
    if (field === undefined) {
      this.counts = [];
      return;
    }
    const { data } = await sumBy(this.table, field.key, filter);
    if (still()) this.counts = (data?.items ?? []).map(({ keys, value }) => ({ value: keys[0] ?? null, n: value }));
  }

  turn(id: string): void {
    const next = new Set(this.shut);
    if (!next.delete(id)) next.add(id);
    address.set({ shut: shutText(next) });
  }

  turnAll(shut: boolean): void {
    address.set({ shut: shutText(new Set(shut ? this.counts.map(({ value }) => idOf(value)) : [])) });
  }

  /** Another field has other groups. */
  forget(): void {
    this.counts = [];
  }

  end(): void {
    this.latest.end();
  }
}
