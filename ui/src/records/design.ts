// A table's definition while it is drawn up: what it holds, and what publishing it would change.
import type { Definition } from './revisions';
import { type Field, type Kind, same, type Words } from './shapes';

export type Drawn = Definition & {
  key: string;
  kind: Kind;
  label?: Words | string;
  required?: boolean;
  unique?: boolean;
  many?: boolean;
  hidden?: boolean;
  help?: Words | string;
  options?: DrawnOption[];
  to?: string;
  expr?: string;
  via?: string;
  of?: string;
};

export type DrawnOption = Definition & {
  key: string;
  label?: Words | string;
  colour?: string;
  dims?: Record<string, string>;
  parent?: string;
};

export type Access = Definition & {
  read?: string;
  create?: boolean;
  change?: string;
  delete?: string;
  hidden?: string[];
  read_only?: string[];
};

export interface Draft {
  label: Words | string;
  fields: Drawn[];
  access: Record<string, Access>;
}

export const draftOf = (body: Definition): Draft =>
  structuredClone({ ...body, fields: body['fields'] ?? [], access: body['access'] ?? {} }) as unknown as Draft;

export type Change =
  | { what: 'label' | 'access' | 'order' }
  | { what: 'added' | 'removed' | 'relabelled' | 'required' | 'optional' | 'unique' | 'changed'; field: string }
  | { what: 'option.added' | 'option.removed' | 'option.changed'; field: string; option: string };

/** What would be other than it is, in the order of the fields. */
export function changesOf(before: Draft, after: Draft): Change[] {
  const found: Change[] = [];
  if (!same(before.label, after.label)) found.push({ what: 'label' });
  for (const field of after.fields) {
    const old = before.fields.find(({ key }) => key === field.key);
    if (old === undefined) found.push({ what: 'added', field: field.key });
    else found.push(...fieldChanges(old, field));
  }
  for (const { key } of before.fields) if (!after.fields.some((field) => field.key === key)) found.push({ what: 'removed', field: key });
  const kept = (one: Draft, other: Draft) => one.fields.map(({ key }) => key).filter((key) => other.fields.some((field) => field.key === key));
  if (!same(kept(before, after), kept(after, before))) found.push({ what: 'order' });
  if (!same(before.access, after.access)) found.push({ what: 'access' });
  return found;
}

function fieldChanges(old: Drawn, now: Drawn): Change[] {
  const found: Change[] = [];
  const field = now.key;
  if (!same(old.label, now.label)) found.push({ what: 'relabelled', field });
  if ((old.required ?? false) !== (now.required ?? false)) found.push({ what: now.required ? 'required' : 'optional', field });
  if ((old.unique ?? false) !== (now.unique ?? false) && now.unique) found.push({ what: 'unique', field });
  const rest = ({ label: _, required: _r, unique: _u, options: _o, ...more }: Drawn) => Object.fromEntries(Object.entries(more).sort());
  if (!same(rest(old), rest(now)) || (old.unique && !now.unique)) found.push({ what: 'changed', field });
  const [before, after] = [old.options ?? [], now.options ?? []];
  for (const option of after) {
    const same_key = before.find(({ key }) => key === option.key);
    if (same_key === undefined) found.push({ what: 'option.added', field, option: option.key });
    else if (!same(same_key, option)) found.push({ what: 'option.changed', field, option: option.key });
  }
  for (const { key } of before) if (!after.some((option) => option.key === key)) found.push({ what: 'option.removed', field, option: key });
  const order = (all: DrawnOption[], other: DrawnOption[]) => all.map(({ key }) => key).filter((key) => other.some((one) => one.key === key));
  if (!same(order(before, after), order(after, before)) && !found.some(({ what }) => what === 'changed')) found.push({ what: 'changed', field });
  return found;
}

/** A key that never changes, from what it is called; `taken` are those that are in use. */
export function keyFrom(label: string, taken: string[], fallback: string): string {
  const plain = label.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 40);
  const base = plain === '' ? fallback : plain;
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? base : `${base}_${n}`;
    if (!taken.includes(key)) return key;
  }
}

/** As a form shows it, before it is published. */
export const previewed = (field: Drawn): Field => {
  const both = (label: Words | string | undefined, key: string): Words => (label === undefined ? { zh: key, en: key } : typeof label === 'string' ? { zh: label, en: label } : label);
  return {
    key: field.key,
    kind: field.kind,
    label: both(field.label, field.key),
    required: field.required ?? false,
    many: field.many ?? false,
    hidden: field.hidden ?? false,
    ...(field.to === undefined ? {} : { to: field.to }),
    ...(field.help === undefined ? {} : { help: field.help }),
    options: (field.options ?? []).map((option) => ({ ...option, label: both(option.label, option.key) })),
  };
};

/** Options as a tree is read: each behind the one above it, with how deep it lies. */
export function branches(options: DrawnOption[]): { option: DrawnOption; depth: number }[] {
  const found: { option: DrawnOption; depth: number }[] = [];
  const add = (parent: string | undefined, depth: number) => {
    for (const option of options) {
      if ((option.parent ?? undefined) !== parent || found.some((one) => one.option === option)) continue;
      found.push({ option, depth });
      add(option.key, depth + 1);
    }
  };
  add(undefined, 0);
  // What names a parent that is not there is not lost.
  for (const option of options) if (!found.some((one) => one.option === option)) found.push({ option, depth: 0 });
  return found;
}

/** Between the levels of a path. */
const LEVELS = /\s*(?:\/|→|>|＞|／)\s*/;

/**
 * New options of what was typed or pasted: a line each. In a tree a line may be a path (`制造业→汽车`), or be indented under the
 * one above it; `under` is where all of it hangs. What is there already is not made twice.
 */
export function optionsOf(text: string, tree: boolean, under: string, old: DrawnOption[]): DrawnOption[] {
  const made: DrawnOption[] = [];
  const add = (key: string, parent: string) => {
    if (key !== '' && ![...old, ...made].some((one) => one.key === key)) made.push(tree && parent !== '' ? { key, parent } : { key });
    return key === '' ? parent : key;
  };
  const above: { indent: number; key: string }[] = [];
  for (const line of text.split(/[\n\r]+/).filter((one) => one.trim() !== '')) {
    if (!tree) {
      for (const cell of line.split('\t')) add(cell.trim(), '');
      continue;
    }
    const indent = /^[\t \u3000]*/.exec(line)?.[0].replaceAll('\t', '  ').length ?? 0;
    while (above.length > 0 && (above.at(-1)?.indent ?? 0) >= indent) above.pop();
    let parent = above.at(-1)?.key ?? under;
    for (const part of line.trim().split(LEVELS)) parent = add(part.trim(), parent);
    above.push({ indent, key: parent });
  }
  return made;
}

/** An option one level deeper, under the one above it, or one level up. Nothing where that is no place. */
export function levelled(options: DrawnOption[], key: string, way: 'in' | 'out'): DrawnOption[] | undefined {
  const order = branches(options);
  const at = order.findIndex(({ option }) => option.key === key);
  const here = order[at];
  if (here === undefined) return undefined;
  const above = order.slice(0, at).reverse().find(({ depth }) => depth <= here.depth);
  const parent = way === 'in' ? (above?.depth === here.depth ? above.option.key : undefined) : options.find((one) => one.key === here.option.parent)?.parent;
  if (way === 'in' ? parent === undefined : here.option.parent === undefined) return undefined;
  return options.map((one) => {
    if (one.key !== key) return one;
    const { parent: _, ...rest } = one;
    return (parent === undefined ? rest : { ...rest, parent }) as DrawnOption;
  });
}

/** `region=县域, stage=K12` */
export function dimsOf(text: string): Record<string, string> {
  const pairs = text.split(/[,，;；\n]/).map((pair) => pair.split(/[=＝:：]/).map((part) => part.trim()));
  return Object.fromEntries(pairs.filter(([name, value]) => name && value).map(([name, value]) => [name, value])) as Record<string, string>;
}

export const dimsText = (dims: Record<string, string> | undefined): string => Object.entries(dims ?? {}).map(([name, value]) => `${name}=${value}`).join('，');
