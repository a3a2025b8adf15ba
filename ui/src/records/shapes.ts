// What the appliance says of tables, fields and records.
import { said } from '../words/index.svelte';

export interface Words {
  zh: string;
  en: string;
}

export const KINDS = [
  'text', 'long_text', 'rich_text', 'whole', 'number', 'money', 'bool', 'day', 'instant', 'deadline', 'choice', 'choices', 'tree',
  'person', 'phone', 'link', 'lookup', 'formula', 'roll_up', 'photo', 'photos', 'attachment', 'location',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Option {
  key: string;
  label?: Words | string | undefined;
  /** `#rrggbb`. */
  colour?: string | null | undefined;
  /** What it stands for: `region` = `县域`. */
  dims?: Record<string, string> | undefined;
  parent?: string | null | undefined;
  retired?: boolean | undefined;
}

export interface Field {
  key: string;
  kind: Kind;
  label: Words;
  required?: boolean;
  unique?: boolean;
  many?: boolean;
  /** Shown only to whoever asks for it. */
  hidden?: boolean;
  computed?: boolean;
  /** What the reader may do with it: `write` or `read`. */
  access?: string;
  options?: Option[];
  to?: string | null;
  help?: Words | string | null;
  default?: unknown;
}

export type Reach = 'own' | 'team' | 'all' | 'nothing';

export interface View {
  key: string;
  label: Words;
  layout: 'list' | 'kanban' | 'calendar' | 'gantt' | 'map';
  filter?: string | null;
  sort?: string[];
  group?: string | null;
  fields?: string[];
  /** In points, by field. */
  widths?: Record<string, number>;
  /** The reader saved it. */
  own?: boolean;
  for?: 'me' | 'team' | 'all';
}

export type Block = { field: string } | { text: Words | string } | { brief: boolean } | { photo: string } | { dictation: string };

export interface Form {
  key: string;
  label: Words;
  blocks: Block[];
}

export interface Table {
  key: string;
  label: Words;
  fields: Field[];
  access: { read: Reach; create: boolean; change: Reach; delete: Reach };
  /** The field by which people tell its records apart. */
  title?: string | null;
  views: View[];
  forms: Form[];
}

export type Value = unknown;
export type Values = Record<string, Value>;

export interface Row {
  id: number;
  uid: string;
  version: number;
  values: Values;
}

/** Both changed it, each to something else. */
export interface Conflict {
  field: string;
  base: Value;
  theirs: Value;
  mine: Value;
}

export interface Fault {
  field: string;
  code: string;
  message: string;
}

export const word = (label: Words | string | null | undefined): string =>
  label === null || label === undefined ? '' : typeof label === 'string' ? label : said(label);

export const fieldOf = (table: Table, key: string): Field | undefined => table.fields.find((field) => field.key === key);

const SYSTEM = new Set(['id', 'uid', 'version', 'team', 'created_at', 'created_by', 'changed_at']);

/** The appliance keeps it by itself. */
export const isSystem = (field: Field): boolean => SYSTEM.has(field.key);

export const isComputed = (field: Field): boolean =>
  field.computed === true || field.kind === 'lookup' || field.kind === 'formula' || field.kind === 'roll_up';

export const isWritable = (table: Table, field: Field): boolean =>
  table.access.change !== 'nothing' && isFillable(field);

/** May be filled in where a record is made. */
export const isFillable = (field: Field): boolean =>
  !isComputed(field) && !isSystem(field) && (field.access === undefined || field.access === 'write');

/** What names a record: the table says it, or its first required text, or its first text. */
export function titleOf(table: Table): Field | undefined {
  const said = table.title == null ? undefined : fieldOf(table, table.title);
  if (said !== undefined) return said;
  const texts = table.fields.filter((field) => !isSystem(field) && ['text', 'long_text', 'formula'].includes(field.kind) && field.many !== true);
  return texts.find((field) => field.required === true) ?? texts[0] ?? table.fields.find((field) => !isSystem(field));
}

export const isOptions = (field: Field): boolean => field.kind === 'choice' || field.kind === 'choices' || field.kind === 'tree';

export const isMany = (field: Field): boolean => field.many === true || field.kind === 'choices' || field.kind === 'photos';

export const isNumber = (kind: Kind): boolean => kind === 'whole' || kind === 'number' || kind === 'money';

/** A photo or a file, kept beside the record. */
export const isFile = (field: Field): boolean => field.kind === 'photo' || field.kind === 'photos' || field.kind === 'attachment';

export const isDate = (kind: Kind): boolean => kind === 'day' || kind === 'instant' || kind === 'deadline';

/** The path of an option from the top: 制造业 / 汽车. */
export function optionPath(field: Field, key: string): string {
  const names: string[] = [];
  for (let at: string | null | undefined = key; at; ) {
    const option: Option | undefined = field.options?.find((one) => one.key === at);
    names.unshift(word(option?.label) || at);
    at = names.length > 12 ? undefined : option?.parent;
  }
  return names.join(' / ');
}

export const optionLabel = (field: Field, key: string): string => {
  const option = field.options?.find((one) => one.key === key);
  return word(option?.label) || key;
};

/** Those that may be chosen, and the one that is. */
export const optionsFor = (field: Field, now?: Value): Option[] =>
  (field.options ?? []).filter((option) => option.retired !== true || option.key === now);

/** Fields as a list shows them by itself. */
export const shownByItself = (table: Table): string[] =>
  table.fields.filter((field) => !isSystem(field) && field.hidden !== true).map(({ key }) => key);

/** It is over: what was due then is not late. */
export const isClosed = (table: Table, row: Row): boolean =>
  !isEmpty(row.values['done_at']) ||
  table.fields.some((field) => field.kind === 'choice' && field.options?.find(({ key }) => key === row.values[field.key])?.dims?.['closed'] === 'yes');

export const same = (one: Value, other: Value): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export const isEmpty = (value: Value): boolean => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
