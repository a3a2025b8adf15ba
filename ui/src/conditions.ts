// A rule's condition as clauses that are picked (field, comparison, value) ⇄ its text. What is no such clause stays text.
import type { FieldView } from './api/views';
import { parts } from './records/condition';

export const COMPARISONS = ['yes', 'no', 'least', 'most', 'over', 'under', 'is', 'not', 'has', 'lacks', 'some', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Picked {
  /** Empty: `value` is a text of its own. */
  field: string;
  comparison: Comparison;
  /** As it is typed: a share in percent. */
  value: string;
}

export interface Condition {
  /** One of them is enough. */
  any: boolean;
  picked: Picked[];
}

const OF: Record<string, Comparison[]> = {
  bool: ['yes', 'no'],
  int: ['least', 'most', 'is', 'not', 'over', 'under'],
  double: ['least', 'most', 'over', 'under'],
  text: ['is', 'not'],
  texts: ['has', 'lacks', 'some', 'none'],
};

/** What can be asked of a field, the usual first. */
export const comparisonsOf = ({ of }: FieldView): Comparison[] => OF[of] ?? ['is'];

export const takesValue = (comparison: Comparison): boolean => !['yes', 'no', 'some', 'none'].includes(comparison);

const SIGNS: Partial<Record<Comparison, string>> = { least: '>=', most: '<=', over: '>', under: '<', is: '==', not: '!=' };

const isNumber = ({ of }: FieldView): boolean => of === 'int' || of === 'double';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, '$1');

/** 25 of a hundred are 0.25, without the dust of binary fractions. */
const scaled = (value: number, by: number): string => String(Math.round(value * by * 1e6) / 1e6);

/** Whether something stands there that can be asked. */
export function isWhole(fields: FieldView[], { field: name, comparison, value }: Picked): boolean {
  if (name === '') return value.trim() !== '';
  const field = fields.find((one) => one.name === name);
  if (field === undefined || !comparisonsOf(field).includes(comparison)) return false;
  if (!takesValue(comparison)) return true;
  return value.trim() !== '' && (!isNumber(field) || Number.isFinite(Number(value)));
}

function clause(fields: FieldView[], { field: name, comparison, value }: Picked): string {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return value.trim();
  if (comparison === 'yes') return name;
  if (comparison === 'no') return `!${name}`;
  if (comparison === 'some') return `size(${name}) > 0`;
  if (comparison === 'none') return `size(${name}) == 0`;
  if (comparison === 'has') return `${quoted(value.trim())} in ${name}`;
  if (comparison === 'lacks') return `!(${quoted(value.trim())} in ${name})`;
  const literal = isNumber(field) ? scaled(Number(value), field.unit === 'share' ? 0.01 : 1) : quoted(value.trim());
  return `${name} ${SIGNS[comparison] ?? '=='} ${literal}`;
}

/** The text of the condition; clauses with nothing to ask are left out. */
export function written(fields: FieldView[], { any, picked }: Condition): string {
  const texts = picked.filter((one) => isWhole(fields, one)).map((one) => clause(fields, one));
  const apart = (text: string) => (texts.length > 1 && parts(text).length > 1 ? `(${text})` : text);
  return texts.map(apart).join(any ? ' || ' : ' && ');
}

const NAME = '(?<f>[a-z]+\\.[a-z0-9_]+)';
const TEXT = `(?<v>'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*")`;
const READS: [Comparison, RegExp][] = [
  ['yes', new RegExp(`^${NAME}$`)],
  ['no', new RegExp(`^!\\s*${NAME}$`)],
  ['some', new RegExp(`^size\\(\\s*${NAME}\\s*\\)\\s*>\\s*0$`)],
  ['none', new RegExp(`^size\\(\\s*${NAME}\\s*\\)\\s*==\\s*0$`)],
  ['has', new RegExp(`^${TEXT}\\s+in\\s+${NAME}$`)],
  ['lacks', new RegExp(`^!\\s*\\(\\s*${TEXT}\\s+in\\s+${NAME}\\s*\\)$`)],
  ...(Object.entries(SIGNS) as [Comparison, string][]).map(
    ([comparison, sign]): [Comparison, RegExp] => [comparison, new RegExp(`^${NAME}\\s*${sign}\\s*(?:${TEXT}|(?<n>-?\\d+(?:\\.\\d+)?))$`)],
  ),
];

function pickedOf(fields: FieldView[], text: string): Picked {
  for (const [comparison, pattern] of READS) {
    const found = pattern.exec(text)?.groups;
    const field = found && fields.find(({ name }) => name === found['f']);
    if (found === undefined || field === undefined || !comparisonsOf(field).includes(comparison)) continue;
    if (!takesValue(comparison)) return { field: field.name, comparison, value: '' };
    if (isNumber(field) !== (found['n'] !== undefined)) continue;
    const value = found['n'] === undefined ? unquoted(found['v'] ?? '') : scaled(Number(found['n']), field.unit === 'share' ? 100 : 1);
    return { field: field.name, comparison, value };
  }
  return { field: '', comparison: 'is', value: text };
}

export function conditionOf(fields: FieldView[], text: string): Condition {
  if (text.trim() === '') return { any: false, picked: [] };
  const sides = parts(text);
  const joins = new Set(sides.map(({ by }) => by).filter(Boolean));
  // Both kinds at once are one text.
  if (joins.size > 1) return { any: false, picked: [pickedOf(fields, text.trim())] };
  return { any: joins.has('||'), picked: sides.map((side) => pickedOf(fields, side.text)) };
}

/** A clause that can be asked at once, to begin with. */
export const first = (field: FieldView): Picked => ({ field: field.name, comparison: comparisonsOf(field)[0] ?? 'is', value: '' });

/** What a place in a hint's text stands for, with a value as it may be. */
export interface Place {
  /** As it stands in the text. */
  text: string;
  sample: string;
  said: FieldView['said'];
}

const SAMPLES: Record<string, string> = { share: '31', seconds: '95', times: '12', plain: '3' };

/** Fields whose value can be said, the way they usually are. */
export function placesOf(fields: FieldView[], words: { text: string; texts: string }): Place[] {
  return fields.flatMap(({ name, of, unit, said }) => {
    if (of === 'bool') return [];
    const form = unit === 'share' ? ':%' : unit === 'times' ? ':+%' : of === 'double' ? ':.1' : '';
    const sample = of === 'text' ? words.text : of === 'texts' ? words.texts : `${SAMPLES[unit] ?? '3'}${of === 'double' && form === ':.1' ? '.4' : ''}`;
    return [{ text: `{${name}${form}}`, sample, said }];
  });
}

/** The text as it may be said: each place with its sample. */
export function sampled(text: string, places: Place[]): string {
  return text.replace(/\{([^}:]*)(?::[^}]*)?\}/g, (whole, name: string) => places.find((place) => place.text.slice(1, -1).split(':')[0] === name)?.sample ?? whole);
}

/** A sentence in pieces: its words, and its places by what they stand for (an ellipsis where nobody knows). */
export function piecesOf(text: string, fields: FieldView[]): { text: string; place: FieldView['said'] | '…' | undefined }[] {
  return text
    .split(/(\{[^}]*\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const name = /^\{([^}:]*)/.exec(piece)?.[1];
      if (name === undefined) return { text: piece, place: undefined };
      return { text: piece, place: fields.find((one) => one.name === name)?.said ?? '…' };
    });
}
