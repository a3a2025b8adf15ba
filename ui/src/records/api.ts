// Tables, records and what people did to them, as the appliance keeps them (docs/api.md).
import { type Answer, raw } from '../api/client';
import type { Conflict, Fault, Form, Row, Table, Value, Values, View } from './shapes';

export interface Asked {
  filter?: string;
  sort?: string;
  fields?: string;
  q?: string;
  after?: string;
  limit?: number;
}

export interface Page {
  items: Row[];
  next?: string | null;
}

const at = (table: string, rest = ''): string => `/api/v1/tables/${encodeURIComponent(table)}${rest}`;
const one = (table: string, id: number, rest = ''): string => at(table, `/records/${id}${rest}`);

const query = (asked: object): string => {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
};

interface Listed extends Omit<Table, 'views' | 'forms'> {
  views?: View[];
  forms?: Form[];
}

/** Those in reach, each with its views and forms. */
export async function listTables(): Promise<Answer<Table[]>> {
  const { data, problem } = await raw<{ items: Listed[] }>('GET', '/api/v1/tables');
  return data === undefined ? { problem } : { data: data.items.map((table) => ({ ...table, views: table.views ?? [], forms: table.forms ?? [] })) };
}

export const listRecords = (table: string, asked: Asked) => raw<Page>('GET', at(table, `/records${query(asked)}`));
export const readRecord = (table: string, id: number) => raw<Row>('GET', one(table, id));
/** The same `uid` again is the same record. */
export const addRecord = (table: string, uid: string, values: Values) => raw<Row>('POST', at(table, '/records'), { uid, values });
/** `base`: the values that were seen; only what both changed is a conflict. */
export const changeRecord = (table: string, id: number, values: Values, base: Values) => raw<Row>('PATCH', one(table, id), { values, base });
export const deleteRecord = (table: string, id: number, version: number) =>
  raw<undefined>('DELETE', one(table, id), undefined, { 'if-match': `"v${version}"` });
export const restoreRecord = (table: string, id: number) => raw<Row>('POST', one(table, id, '/restore'), {});

export interface Past {
  at_ms: number;
  by?: number | string | null;
  field?: string | null;
  before?: Value;
  after?: Value;
  why?: string | null;
}
export const readHistory = (table: string, id: number) => raw<{ items: Past[] }>('GET', one(table, id, '/history'));

export type Deed = { create: { uid?: string; values: Values } } | { change: { id: number; values: Values; base?: Values } } | { delete: { id: number } };
/** All or nothing. */
export const sendBatch = (table: string, items: Deed[]) => raw<{ items: (Row | null)[] }>('POST', at(table, '/batch'), { items });

export async function countRecords(table: string, asked: { filter?: string; q?: string }): Promise<number | undefined> {
  const { data } = await raw<{ items: { value: number }[] }>('GET', at(table, `/sum${query({ of: 'count', ...asked })}`));
  return data?.items[0]?.value;
}

export const exportUrl = (table: string, format: 'csv' | 'xlsx', asked: { filter?: string }): string => at(table, `/export${query({ format, ...asked })}`);

/** What was refused and why, by field. */
export const faultsOf = (problem: { errors?: unknown }): Fault[] => (Array.isArray(problem.errors) ? (problem.errors as Fault[]) : []);
export const conflictsOf = (problem: { conflicts?: unknown }): Conflict[] => (Array.isArray(problem.conflicts) ? (problem.conflicts as Conflict[]) : []);
