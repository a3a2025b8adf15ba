// A filter as a sentence of clauses ⇄ the text of its condition. What is not such a clause stays as it was written.
import { type Field, fieldOf, isDate, isMany, isNumber, type Table } from './shapes';

export type Takes = 'nothing' | 'text' | 'number' | 'option' | 'options' | 'day' | 'days' | 'person' | 'link';

interface Form {
  takes: Takes | 'field';
  write: (field: string, value: string) => string;
  /** `(f)` stands for the field, `(v)` for the literal. */
  reads: string;
}

const form = (takes: Form['takes'], pattern: string): Form => ({
  takes,
  write: (field, value) => pattern.replaceAll('(f)', field).replaceAll('(v)', () => value),
  reads: pattern,
});

const FORMS = {
  has: form('text', '(f).contains((v))'),
  lacks: form('text', '[(f) == null || !(f).contains((v))]'),
  starts: form('text', '(f).startsWith((v))'),
  me: form('nothing', '(f) == me()'),
  not_me: form('nothing', '(f) != me()'),
  empty: form('nothing', '(f) == null'),
  filled: form('nothing', '(f) != null'),
  yes: form('nothing', '(f) == true'),
  no: form('nothing', '(f) != true'),
  today: form('nothing', '[(f) >= today() && (f) < today() + days(1)]'),
  past: form('nothing', '(f) < today()'),
  last: form('days', 'within((f), "(n)d")'),
  next: form('days', 'within((f), "+(n)d")'),
  under: form('option', 'under((f), (v))'),
  includes: form('field', '(v) in (f)'),
  excludes: form('field', '!((v) in (f))'),
  one_of: form('options', '(f) in (l)'),
  is: form('field', '(f) == (v)'),
  is_not: form('field', '(f) != (v)'),
  at_least: form('number', '(f) >= (v)'),
  at_most: form('number', '(f) <= (v)'),
  over: form('number', '(f) > (v)'),
  below: form('number', '(f) < (v)'),
} as const satisfies Record<string, Form>;

export type Op = keyof typeof FORMS;

export interface Clause {
  /** Empty: `value` is the text of a condition of its own. */
  field: string;
  op: Op;
  /** As it is typed or chosen; several stand apart by a line end. */
  value: string;
}

export interface Sentence {
  /** One of them is enough. */
  any: boolean;
  clauses: Clause[];
}

export const NOTHING: Sentence = { any: false, clauses: [] };

/** What can be said of a field, the usual first. */
export function opsOf(field: Field): Op[] {
  if (field.kind === 'bool') return ['yes', 'no'];
  if (isMany(field)) return ['includes', 'excludes'];
  if (isNumber(field.kind)) return ['at_least', 'at_most', 'is', 'over', 'below', 'empty', 'filled'];
  if (field.kind === 'day' || isDate(field.kind)) return ['last', 'next', 'today', 'past', 'at_least', 'below', 'empty', 'filled'];
  if (field.kind === 'choice') return ['is', 'one_of', 'is_not', 'empty', 'filled'];
  if (field.kind === 'tree') return ['under', 'is', 'is_not', 'empty', 'filled'];
  if (field.kind === 'person') return ['me', 'is', 'not_me', 'is_not', 'empty', 'filled'];
  if (field.kind === 'link') return ['is', 'is_not', 'empty', 'filled'];
  return ['has', 'is', 'starts', 'lacks', 'is_not', 'empty', 'filled'];
}

/** Kinds that conditions can be asked about. */
export const isAsked = (field: Field): boolean => !['photo', 'photos', 'attachment', 'location'].includes(field.kind);

/** What stands behind the operator. */
export function takes(field: Field, op: Op): Takes {
  const want = FORMS[op].takes;
  if (want !== 'field' && want !== 'number') return want;
  if (isDate(field.kind)) return 'day';
  if (isNumber(field.kind)) return 'number';
  if (field.kind === 'choice' || field.kind === 'choices' || field.kind === 'tree') return 'option';
  if (field.kind === 'person') return 'person';
  return field.kind === 'link' ? 'link' : 'text';
}

const FEN = 100;

function literal(field: Field, value: string): string {
  if (field.kind === 'money') return String(Math.round(Number(value) * FEN));
  if (isNumber(field.kind) || field.kind === 'person' || field.kind === 'link') return value;
  return JSON.stringify(value);
}

/** Whether something stands there that can be asked. */
export function isWhole(table: Table, { field: key, op, value }: Clause): boolean {
  if (key === '') return value.trim() !== '';
  const field = fieldOf(table, key);
  if (field === undefined) return false;
  const want = takes(field, op);
  if (want === 'nothing') return true;
  if (value.trim() === '') return false;
  return want === 'number' ? Number.isFinite(Number(value)) : want !== 'days' || /^[1-9]\d{0,3}$/.test(value);
}

function clauseText(table: Table, clause: Clause): string {
  if (clause.field === '') return clause.value;
  const field = fieldOf(table, clause.field);
  if (field === undefined) return '';
  const { write } = FORMS[clause.op];
  const list = `[${clause.value.split('\n').map((one) => literal(field, one)).join(', ')}]`;
  // Square brackets of a pattern are parentheses that hold a clause together.
  const text = write(field.key, '\u0001').replace(/^\[(.*)\]$/, '($1)');
  return text.replaceAll('\u0001', literal(field, clause.value)).replace('(l)', () => list).replace('(n)', () => clause.value);
}

/** The text of the condition; clauses with nothing to ask are left out. */
export function textOf(table: Table, { any, clauses }: Sentence): string {
  const texts = clauses.filter((clause) => isWhole(table, clause)).map((clause) => clauseText(table, clause));
  const apart = (text: string) => (texts.length > 1 && parts(text).length > 1 ? `(${text})` : text);
  return texts.map(apart).join(any ? ' || ' : ' && ');
}

interface Part {
  text: string;
  /** What stands before it. */
  by: '' | '&&' | '||';
}

/** The sides of the outermost `&&` and `||`. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let [depth, began, quote] = [0, 0, ''];
  let by: Part['by'] = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote !== '') {
      if (char === '\\') index += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (depth === 0 && (text.startsWith('&&', index) || text.startsWith('||', index))) {
      found.push({ text: text.slice(began, index).trim(), by });
      by = char === '&' ? '&&' : '||';
      began = index + 2;
      index += 1;
    }
  }
  found.push({ text: text.slice(began).trim(), by });
  return found;
}

const LITERAL = `("(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|-?\\d+(?:\\.\\d+)?)`;

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/["']/g, `["']`).replaceAll(' ', '\\s*');

const READS = (Object.entries(FORMS) as [Op, Form][]).map(([op, { reads }]) => {
  const pattern = reads
    .replace(/^\[(.*)\]$/, '($1)')
    .split(/(\(f\)|\(v\)|\(l\)|\(n\))/)
    .map((piece, index, all) => {
      if (piece === '(f)') return all.indexOf('(f)') === index ? '(?<f>[a-z][a-z0-9_]*)' : '\\k<f>';
      if (piece === '(v)') return `(?<v>${LITERAL})`;
      if (piece === '(l)') return `(?<l>\\[.*\\])`;
      return piece === '(n)' ? '(?<n>\\d{1,4})' : escape(piece);
    })
    .join('');
  return { op, pattern: new RegExp(`^${pattern}$`) };
});

/** What a literal says; single quotes are as good as double ones. */
function spoken(field: Field, text: string): string | undefined {
  if (/^['"]/.test(text)) {
    if (isNumber(field.kind)) return undefined;
    try {
      return JSON.parse(text.startsWith("'") ? `"${text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"` : text) as string;
    } catch {
      return undefined;
    }
  }
  if (field.kind === 'money') return String(Number(text) / FEN);
  return isNumber(field.kind) || field.kind === 'person' || field.kind === 'link' ? text : undefined;
}

function clauseOf(table: Table, text: string): Clause {
  for (const { op, pattern } of READS) {
    const found = pattern.exec(text)?.groups;
    const field = found && fieldOf(table, found['f'] ?? '');
    if (found === undefined || field === undefined || !opsOf(field).includes(op)) continue;
    if (found['l'] !== undefined) {
      const values = [...found['l'].matchAll(new RegExp(LITERAL, 'g'))].map(([one]) => spoken(field, one));
      if (values.some((one) => one === undefined)) continue;
      return { field: field.key, op, value: values.join('\n') };
    }
    const value = found['n'] ?? (found['v'] === undefined ? '' : spoken(field, found['v']));
    if (value !== undefined) return { field: field.key, op, value };
  }
  return { field: '', op: 'is', value: text };
}

export function sentenceOf(table: Table, text: string): Sentence {
  if (text.trim() === '') return NOTHING;
  const sides = parts(text);
  const kinds = new Set(sides.map(({ by }) => by).filter(Boolean));
  if (kinds.size > 1) return { any: false, clauses: [clauseOf(table, text.trim())] };
  return { any: kinds.has('||'), clauses: sides.map((side) => clauseOf(table, side.text)) };
}

/** Both hold; empty ones say nothing. */
export function both(one: string, other: string): string {
  if (one.trim() === '' || other.trim() === '') return one.trim() || other.trim();
  return `(${one}) && (${other})`;
}
