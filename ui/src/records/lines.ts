// The rows of a list and the heads of its groups, as lines below each other.
import { type Field, isMany, isSystem, type Row, type Value } from './shapes';

export interface Group {
  /** Of its value. */
  id: string;
  value: Value;
  /** How many records there are, on the appliance. */
  n: number;
  shut: boolean;
}

export type Line = { row: Row; at: number; group?: undefined } | { group: Group; row?: undefined };

export const idOf = (value: Value): string => JSON.stringify(value ?? null);

/** The groups that are shut as an address says it; what is no list of values says none. */
export function shutIn(text: string): ReadonlySet<string> {
  try {
    const values: unknown = JSON.parse(text);
    return new Set(Array.isArray(values) ? values.filter((value) => value === null || typeof value !== 'object').map(idOf) : []);
  } catch {
    return new Set();
  }
}

export const shutText = (shut: ReadonlySet<string>): string => (shut.size === 0 ? '' : `[${[...shut].join(',')}]`);

/** What a list can be grouped by: a few values that many records share. */
export const isGrouping = (field: Field): boolean =>
  !isMany(field) && (['choice', 'tree', 'link', 'bool'].includes(field.kind) || (field.kind === 'person' && (field.key === 'owner' || !isSystem(field))));

/** As the appliance orders them: options as they are listed, nothing last. */
function compare(field: Field, one: Value, other: Value): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const place = (value: Value) => {
    const at = field.options?.findIndex(({ key }) => key === value) ?? -1;
    return at < 0 ? Number.MAX_SAFE_INTEGER : at;
  };
  if (typeof one === 'string' && typeof other === 'string') return place(one) - place(other) || one.localeCompare(other);
  return Number(one) - Number(other);
}

export const groupsOf = (field: Field, counts: { value: Value; n: number }[], shut: ReadonlySet<string>): Group[] =>
  [...counts].sort((one, other) => compare(field, one.value, other.value)).map(({ value, n }) => ({ id: idOf(value), value, n, shut: shut.has(idOf(value)) }));

/** The condition that leaves out what is shut. */
export function without(field: Field, shut: Value[], filter: string): string {
  const left = shut.map((value) => `${field.key} != ${JSON.stringify(value ?? null)}`);
  return [...(filter === '' ? [] : left.length === 0 ? [filter] : [`(${filter})`]), ...left].join(' && ');
}

/** `more`: rows are still to come, so that what lies behind the last one is not known yet. */
export function linesOf(rows: Row[], field: Field | undefined, groups: Group[], more: boolean): Line[] {
  if (field === undefined) return rows.map((row, at) => ({ row, at }));
  const by = new Map<string, Row[]>();
  for (const row of rows) {
    const id = idOf(row.values[field.key]);
    const found = by.get(id);
    if (found === undefined) by.set(id, [row]);
    else found.push(row);
  }
  // A row that was just given a value that no record had before.
  const fresh = [...by].filter(([id]) => !groups.some((group) => group.id === id)).map(([id, found]) => ({ value: JSON.parse(id) as Value, n: found.length }));
  const all = fresh.length === 0 ? groups : groupsOf(field, [...groups, ...fresh], new Set(groups.flatMap(({ id, shut }) => (shut ? [id] : []))));
  const lines: Line[] = [];
  let at = 0;
  for (const group of all) {
    lines.push({ group });
    if (group.shut) continue;
    const found = by.get(group.id) ?? [];
    for (const row of found) lines.push({ row, at: at++ });
    if (more && found.length < group.n) break;
  }
  return lines;
}
