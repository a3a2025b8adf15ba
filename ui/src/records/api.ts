// Tables, records and what people did to them, as the appliance keeps them (docs/api.md).
import { type Answer, raw } from '../api/client';
import type { Wish } from '../outbox/queue';
import { type Conflict, type Fault, type Field, type Form, type Row, type Table, type Value, type Values, type View, type Words } from './shapes';

export interface Asked {
  filter?: string;
  sort?: string;
  fields?: string;
  q?: string;
  after?: string;
  limit?: number;
  names?: boolean;
}

export interface Page {
  items: Row[];
  next?: string | null;
  /** With `names`: what linked records and people are called, by table (or `people`) and number. */
  names?: Record<string, Record<string, string>>;
}

const at = (table: string, rest = ''): string => `/api/v1/tables/${encodeURIComponent(table)}${rest}`;
const one = (table: string, id: number, rest = ''): string => at(table, `/records/${id}${rest}`);

const query = (asked: object): string => {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
};

interface Configured<T> {
  key: string;
  own?: boolean;
  body: Omit<T, 'key' | 'label'> & { label: Words | string };
}

interface Listed extends Omit<Table, 'views' | 'forms'> {
  views: Configured<View>[];
  forms: Configured<Form>[];
}

/** A label may be one text for both languages. */
const both = (label: Words | string): Words => (typeof label === 'string' ? { zh: label, en: label } : label);

/** The pack writes English names as they stand within a sentence; here they stand alone. */
const named = (label: Words | string): Words => {
  const { zh, en } = both(label);
  return { zh, en: en.charAt(0).toUpperCase() + en.slice(1) };
};

const plain = <T extends { key: string; label: Words }>({ key, body, own }: Configured<T>): T => ({ ...body, key, ...(own ? { own } : {}), label: named(body.label) }) as unknown as T;

const system = (key: string, kind: Field['kind'], zh: string, en: string, access = 'read'): Field => ({ key, kind, label: { zh, en }, access, hidden: access === 'read' });

/** The fields that every table has, and the appliance keeps. */
const SYSTEM: Field[] = [
  system('owner', 'person', '负责人', 'Owner', 'write'),
  system('created_at', 'instant', '创建时间', 'Created'),
  system('created_by', 'person', '创建人', 'Created by'),
  system('changed_at', 'instant', '修改时间', 'Changed'),
];

function tableOf(table: Listed): Table {
  const own = new Set(table.fields.map(({ key }) => key));
  return {
    ...table,
    label: named(table.label),
    fields: [...table.fields.map((field) => ({ ...field, label: named(field.label) })), ...SYSTEM.filter(({ key }) => !own.has(key))],
    views: table.views.map((view) => plain<View>(view)),
    forms: table.forms.map((form) => plain<Form>(form)),
  };
}

/** Those in reach, each with its views and forms; and how large a file may be that is imported. */
export async function listTables(): Promise<Answer<{ tables: Table[]; import_bytes_max: number }>> {
  const { data, problem } = await raw<{ items: Listed[]; import_bytes_max: number }>('GET', '/api/v1/tables');
  return data === undefined ? { problem } : { data: { tables: data.items.map(tableOf), import_bytes_max: data.import_bytes_max } };
}

export const listRecords = (table: string, asked: Asked) => raw<Page>('GET', at(table, `/records${query(asked)}`));
export const readRecord = (table: string, id: number) => raw<Row>('GET', one(table, id));
/** A new record, as the outbox keeps it. */
export const creating = (kind: 'action' | 'record', title: string, table: string, uid: string, values: Values): Wish => ({ kind, title, method: 'POST', path: at(table, '/records'), body: { uid, values } });
/** A change of some fields, as the outbox keeps it. */
export const changing = (title: string, table: string, id: number, values: Values, base: Values): Wish => ({ kind: 'change', title, method: 'PATCH', path: one(table, id), body: { values, base } });
/** The same `uid` again is the same record. */
export const addRecord = (table: string, uid: string, values: Values) => raw<Row>('POST', at(table, '/records'), { uid, values });
/** `base`: the values that were seen; only what both changed is a conflict. */
export const changeRecord = (table: string, id: number, values: Values, base: Values) => raw<Row>('PATCH', one(table, id), { values, base });
export const deleteRecord = (table: string, id: number, version: number) =>
  raw<undefined>('DELETE', one(table, id), undefined, { 'if-match': `"v${version}"` });
export const restoreRecord = (table: string, id: number) => raw<Row>('POST', one(table, id, '/restore'), {});

/** What stood in a field before its newest change. */
export const restoreField = (table: string, id: number, field: string) => raw<Row>('POST', one(table, id, '/restore'), { field });

export interface Past {
  at_ms: number;
  /** A person's number, or `appliance`. */
  who: string;
  deed: 'created' | 'changed' | 'deleted' | 'restored';
  field?: string | null;
  before?: Value;
  after?: Value;
  /** `person`, `import:NUMBER`, `automation:KEY`, `restore` or `migration`. */
  why: string;
}
export const readHistory = (table: string, id: number) => raw<{ items: Past[] }>('GET', one(table, id, '/history'));

/** A record beside another one. */
export interface Step {
  table: string;
  id: number;
  title: string | null;
  /** `led`: the other names it. `came`: it names the other. */
  how: 'led' | 'came';
  via: string;
  created_at: number;
  changed_at: number;
}
export const readTrail = (table: string, id: number) => raw<{ items: Step[] }>('GET', one(table, id, '/trail'));

export type Deed = { create: { uid?: string; values: Values } } | { change: { id: number; values: Values; base?: Values } } | { delete: { id: number } };
/** All or nothing. */
export const sendBatch = (table: string, items: Deed[]) => raw<{ items: Row[] }>('POST', at(table, '/batch'), { items });

export async function countRecords(table: string, asked: { filter?: string }): Promise<number | undefined> {
  const { data } = await raw<{ items: { value: number }[] }>('GET', at(table, `/sum${query({ of: 'count', ...asked })}`));
  return data?.items[0]?.value;
}

/** How many records have each value of a field. */
export const sumBy = (table: string, by: string, filter: string) =>
  raw<{ items: { keys: Value[]; value: number }[] }>('GET', at(table, `/sum${query({ by, of: 'count', filter })}`));

/** In force at once. */
export const saveView = (table: string, { key, own: _, ...body }: { key: string; own?: boolean } & object) => raw<unknown>('PUT', at(table, `/views/${encodeURIComponent(key)}`), body);
export const dropView = (table: string, key: string) => raw<undefined>('DELETE', at(table, `/views/${encodeURIComponent(key)}`));

export interface CellFault {
  /** Of the file, from 1. */
  line: number;
  /** Null: the row as a whole. */
  column: string | null;
  field: string;
  value: string;
  code: string;
  message: string;
}

export interface Imported {
  dry_run: boolean;
  /** Its number; null for a dry run. */
  import: number | null;
  header_line: number;
  columns: { column: string; field: string | null }[];
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
  faults: CellFault[];
  /** CSV: the rows that were not taken, with why behind them. */
  bad_rows: string | null;
}

/** A large import, which goes on while it is asked about. */
export interface Job {
  import: number;
  state: 'going_on' | 'done' | 'taking_back' | 'cancelled' | 'undone' | 'failed' | 'interrupted';
  /** Why it failed. */
  problem: string | null;
  rows: number;
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
  deleted: number;
  restored: number;
  kept: number;
  result: Imported | null;
}

export interface Undone {
  deleted: number;
  restored: number;
  /** Records that somebody touched since. */
  kept: number;
}

const CSV = 'text/csv';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** The file goes as it is. `mapping`: which field a column is; what it does not name is guessed. `key`: what tells records apart. */
export const importFile = (table: string, bytes: Uint8Array<ArrayBuffer>, asked: { dry_run: boolean; key: string; mapping: Record<string, string | null> }) => {
  const mapping = Object.keys(asked.mapping).length === 0 ? '' : JSON.stringify(asked.mapping);
  const excel = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return raw<Imported | Job>('POST', at(table, `/import${query({ ...asked, mapping })}`), bytes, { 'content-type': excel ? XLSX : CSV });
};

export const readImport = (table: string, number: number) => raw<Job>('GET', at(table, `/imports/${number}`));
export const stopImport = (table: string, number: number) => raw<Job>('DELETE', at(table, `/imports/${number}`));
export const undoImport = (table: string, number: number) =>
  raw<{ deleted: number; restored: number; kept: number[] } | Job>('POST', at(table, `/imports/${number}/undo`));

export const exportUrl = (table: string, format: 'csv' | 'xlsx', asked: { filter?: string }): string => at(table, `/export${query({ format, ...asked })}`);

/** What was refused and why, by field. */
export const faultsOf = (problem: { errors?: unknown }): Fault[] => (Array.isArray(problem.errors) ? (problem.errors as Fault[]) : []);
export const conflictsOf = (problem: { conflicts?: unknown }): Conflict[] => (Array.isArray(problem.conflicts) ? (problem.conflicts as Conflict[]) : []);
