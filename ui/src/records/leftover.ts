// Columns of a file that belong to another table: the contacts that stand in a list of clients.
import { importFile, type Imported } from './api';
import type { Table } from './shapes';

/** A file that is tried at once, and what is known of its columns. */
export interface Given {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  mapping: Record<string, string | null>;
}

let handed: { table: string; given: Given } | undefined;

/** The page of the other table takes it up. */
export const handOver = (table: string, given: Given): void => void (handed = { table, given });

/** What was handed over to this table, once. */
export function takeUp(table: string): Given | undefined {
  const given = handed?.table === table ? handed.given : undefined;
  handed = undefined;
  return given;
}

/** What is known of the columns for a table that leads here: what names the record names it there, what was taken is no more. */
export function mappingFor(table: Table, other: Table, columns: Imported['columns']): Record<string, string | null> | undefined {
  const link = other.fields.find(({ kind, to, many, required }) => kind === 'link' && to === table.key && many !== true && required === true);
  const named = columns.find(({ field }) => field !== null && field === table.title);
  const left = columns.filter(({ field }) => field === null);
  if (link === undefined || named === undefined || left.length === 0 || !other.access.create) return undefined;
  const taken = columns.filter(({ field }) => field !== null).map(({ column }): [string, null] => [column, null]);
  return { ...Object.fromEntries(taken), [named.column]: link.key };
}

/** Tables that would take what is left over, and how many rows of it. */
export async function leftOver(table: Table, tables: Table[], { name, bytes }: Given, taken: Imported): Promise<{ table: Table; given: Given; n: number }[]> {
  const tried = tables.map(async (other) => {
    const mapping = mappingFor(table, other, taken.columns);
    if (mapping === undefined) return [];
    const { data } = await importFile(other.key, bytes, { dry_run: true, key: '', mapping });
    const n = data === undefined || 'state' in data ? 0 : data.created;
    return n === 0 ? [] : [{ table: other, given: { name, bytes, mapping }, n }];
  });
  return (await Promise.all(tried)).flat();
}
