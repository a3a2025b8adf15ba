// A playbook's file as it is edited: rules put in, taken out and switched off, the rest of the text left as it is.

/** A rule while it is typed. */
export interface RuleDraft {
  id: string;
  side: string;
  kind: string;
  level: string;
  budget: string;
  priority: string;
  cool_down_s: string;
  when: string;
  say_zh: string;
  say_en: string;
  why_zh: string;
  why_en: string;
  source: string;
}

/** A file over the one above it that changes nothing yet. */
export const blank = (name: string): string => `version = 1\nname = ${quoted(name)}\nextends = true\n`;

interface Piece {
  /** The rule that it is; none for what stands before, between and after rules. */
  id: string | undefined;
  text: string;
}

const ID = /^id\s*=\s*(?:"([^"]*)"|'([^']*)')/m;

function pieces(text: string): Piece[] {
  const found: { rule: boolean; lines: string[] }[] = [{ rule: false, lines: [] }];
  for (const line of text.split('\n')) {
    const rule = line.trim() === '[[rule]]';
    const table = line.trimStart().startsWith('[');
    if (rule || (table && found.at(-1)?.rule === true)) found.push({ rule, lines: [] });
    found.at(-1)?.lines.push(line);
  }
  return found.map(({ rule, lines }) => {
    const text = lines.join('\n');
    const id = ID.exec(text);
    return { id: rule ? (id?.[1] ?? id?.[2] ?? '') : undefined, text };
  });
}

const joined = (parts: Piece[]): string => `${parts.map(({ text }) => text.replace(/\s+$/, '')).filter(Boolean).join('\n\n')}\n`;

/** The ids of the rules that the file itself has. */
export const ownRules = (text: string): string[] => pieces(text).flatMap(({ id }) => (id === undefined ? [] : [id]));

/** Puts a rule in the place of the one with its id, or at the end. */
export function putRule(text: string, id: string, rule: string): string {
  const parts = pieces(text);
  const at = parts.findIndex((piece) => piece.id === id);
  if (at < 0) parts.push({ id, text: rule });
  else parts[at] = { id, text: rule };
  return joined(parts);
}

export const takeRule = (text: string, id: string): string => joined(pieces(text).filter((piece) => piece.id !== id));

const EXTENDS = /^extends\s*=\s*true\b/m;
const OFF = /^off\s*=\s*\[([^\]]*)\].*$/m;

/** Whether it stands over another playbook; else it stands alone. */
export const isOver = (text: string): boolean => EXTENDS.test(text);

/** The rules above that it switches off. */
export const offRules = (text: string): string[] =>
  [...(OFF.exec(text)?.[1] ?? '').matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? '');

export function setOff(text: string, id: string, off: boolean): string {
  const had = offRules(text).filter((one) => one !== id);
  const ids = off ? [...had, id] : had;
  const line = `off = [${ids.map(quoted).join(', ')}]`;
  if (OFF.test(text)) return ids.length === 0 ? text.replace(OFF, '').replace(/\n{3,}/g, '\n\n') : text.replace(OFF, line);
  return ids.length === 0 ? text : text.replace(EXTENDS, (found) => `${found}\n${line}`);
}

/** A basic string of TOML. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, (char) => `\\${char}`).replace(/\n/g, '\\n').replace(/\t/g, '\\t');
  return `"${escaped.replace(/[\u0000-\u001f\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** A rule as it stands in a file. */
export function written(rule: RuleDraft): string {
  const lines = [
    '[[rule]]',
    `id = ${quoted(rule.id.trim())}`,
    `side = ${quoted(rule.side)}`,
    `kind = ${quoted(rule.kind.trim())}`,
    `level = ${quoted(rule.level)}`,
    `budget = ${quoted(rule.budget.trim())}`,
    `priority = ${whole(rule.priority)}`,
    `cool_down_s = ${whole(rule.cool_down_s)}`,
    `when = ${quoted(rule.when.trim())}`,
    `say.zh = ${quoted(rule.say_zh.trim())}`,
    `say.en = ${quoted(rule.say_en.trim())}`,
  ];
  if (rule.why_zh.trim() !== '' || rule.why_en.trim() !== '') {
    lines.push(`why.zh = ${quoted(rule.why_zh.trim())}`, `why.en = ${quoted(rule.why_en.trim())}`);
  }
  lines.push(`source = ${quoted(rule.source.trim())}`);
  return lines.join('\n');
}

const whole = (text: string): number => Math.max(0, Math.round(Number(text) || 0));

/** A short name for a rule that has none: from what it is about, not yet in use. */
export function freshId(kind: string, taken: string[]): string {
  const base = kind.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'rule';
  let id = base;
  for (let n = 2; taken.includes(id); n += 1) id = `${base}-${n}`;
  return id;
}
