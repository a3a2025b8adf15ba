// What people type or paste → a value of a field. What could be meant in two ways is none: nothing is guessed.
import { dayAt, dayOfText, move } from '../calendar';
import { instantOf } from '../zone.svelte';
import { type Field, isMany, isOptions, type Value, word } from './shapes';

export type Read = { value: Value } | { wrong: true };

const WRONG: Read = { wrong: true };
const FEN = 100;
const UNITS: Record<string, number> = { 千: 1e3, 万: 1e4, 百万: 1e6, 千万: 1e7, 亿: 1e8, k: 1e3, m: 1e6 };
const YES = ['是', '有', '对', 'yes', 'y', 'true', '1', '√', '✓'];
const NO = ['否', '无', '不', 'no', 'n', 'false', '0', '×'];
/** Between the entries of a list. */
const BETWEEN = /[\n、,，;；]+/;

const plain = (text: string): string => text.normalize('NFKC').trim();

/** `¥186,400.00`, `18.6万`, `１２`. */
function numberOf(text: string): number | undefined {
  const found = /^(?:[¥￥$]|rmb|cny)?\s*([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?|[+-]?\.\d+)\s*(百万|千万|[千万亿km])?\s*元?$/i.exec(plain(text));
  if (found === null) return undefined;
  const value = Number((found[1] ?? '').replaceAll(',', '')) * (UNITS[(found[2] ?? '').toLowerCase()] ?? 1);
  return Number.isFinite(value) ? value : undefined;
}

const WEEKDAYS = '一二三四五六日天';
const ENGLISH_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Monday is 0. */
const weekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;

/** `明天`, `下周二`, `3天后`, `Friday`, and every day that has a date. */
export function dayIn(text: string, today: string): string | undefined {
  const typed = plain(text).toLowerCase();
  const near = { 大前天: -3, 前天: -2, 昨天: -1, 今天: 0, 今日: 0, 明天: 1, 明日: 1, 后天: 2, 大后天: 3, yesterday: -1, today: 0, tomorrow: 1 }[typed];
  if (near !== undefined) return move(today, near);
  const after = /^(\d{1,3})\s*(?:天|日)(后|之后|以后|内)$/.exec(typed) ?? /^in (\d{1,3}) days?$/.exec(typed);
  if (after !== null) return move(today, Number(after[1]));
  const weeks = /^(\d{1,2})\s*(?:周|个星期|星期)(?:后|之后|以后)$/.exec(typed) ?? /^in (\d{1,2}) weeks?$/.exec(typed);
  if (weeks !== null) return move(today, Number(weeks[1]) * 7);
  const chinese = /^(下下|下|本|这)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])$/.exec(typed);
  if (chinese !== null) {
    const at = Math.min(WEEKDAYS.indexOf(chinese[2] ?? ''), 6);
    const ahead = { 下下: 14, 下: 7, 本: 0, 这: 0 }[chinese[1] ?? ''];
    if (ahead !== undefined) return move(today, at - weekday(today) + ahead);
    return move(today, (at - weekday(today) + 7) % 7);
  }
  const english = /^(next )?(mon|tue|wed|thu|fri|sat|sun)[a-z]*$/.exec(typed);
  if (english !== null) {
    const at = ENGLISH_DAYS.indexOf(english[2] ?? '');
    return english[1] === undefined ? move(today, (at - weekday(today) + 7) % 7) : move(today, at - weekday(today) + 7);
  }
  if (/^(月底|本月底)$/.test(typed)) return move(monthEnd(today), 0);
  return dayOfText(typed, today);
}

function monthEnd(day: string): string {
  const [year = 0, month = 0] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

const TIME = /\s*(上午|下午|晚上|中午|早上)?\s*(\d{1,2})(?:[:：](\d{2})|[点时](?:(\d{1,2})分?|半)?)\s*(am|pm)?$/i;

/** A day with an hour behind it: milliseconds since 1970. */
function instantIn(text: string, today: string): number | undefined {
  const typed = plain(text);
  const found = TIME.exec(typed);
  const day = dayIn(found === null ? typed : typed.slice(0, found.index) || '今天', today);
  if (day === undefined) return undefined;
  let hour = 0;
  let minute = 0;
  if (found !== null) {
    hour = Number(found[2]);
    minute = found[0].includes('半') ? 30 : Number(found[3] ?? found[4] ?? 0);
    const late = /下午|晚上|pm/i.test(`${found[1] ?? ''}${found[5] ?? ''}`);
    if (late && hour < 12) hour += 12;
    if (found[1] === '中午' && hour < 3) hour += 12;
  }
  if (hour > 23 || minute > 59) return undefined;
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return instantOf(year, month, date, hour, minute);
}

function optionIn(field: Field, text: string): string | undefined {
  const typed = plain(text).toLowerCase();
  const last = typed.split(/\s*\/\s*/).at(-1) ?? typed;
  const names = (option: NonNullable<Field['options']>[number]) =>
    [option.key, word(option.label), ...(typeof option.label === 'object' ? Object.values(option.label) : [])].map((name) => plain(name).toLowerCase());
  const found = (field.options ?? []).filter((option) => names(option).some((name) => name === typed || name === last));
  return found.length === 1 ? found[0]?.key : undefined;
}

function locationIn(text: string): Read {
  const found = /^(-?\d{1,2}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)$/.exec(plain(text));
  const [lat, lon] = [Number(found?.[1]), Number(found?.[2])];
  return found === null || Math.abs(lat) > 90 || Math.abs(lon) > 180 ? WRONG : { value: { lat, lon, datum: 'wgs84' } };
}

function one(field: Field, text: string, today: string): Read {
  const given = (value: Value | undefined): Read => (value === undefined || Number.isNaN(value) ? WRONG : { value });
  switch (field.kind) {
    case 'text':
    case 'long_text':
    case 'rich_text':
      return { value: field.kind === 'text' ? text.trim() : text };
    case 'phone':
      return /^[+()\d\s.-]{5,24}$/.test(plain(text)) ? { value: plain(text) } : WRONG;
    case 'whole': {
      const value = numberOf(text);
      return value !== undefined && Number.isSafeInteger(value) ? { value } : WRONG;
    }
    case 'number':
      return given(numberOf(text));
    case 'money': {
      const value = numberOf(text);
      return value === undefined || !Number.isSafeInteger(Math.round(value * FEN)) ? WRONG : { value: Math.round(value * FEN) };
    }
    case 'bool': {
      const typed = plain(text).toLowerCase();
      return YES.includes(typed) ? { value: true } : NO.includes(typed) ? { value: false } : WRONG;
    }
    case 'day':
      return given(dayIn(text, today));
    case 'instant':
      return given(instantIn(text, today));
    case 'deadline':
      return given(TIME.test(plain(text)) ? instantIn(text, today) : dayIn(text, today));
    case 'choice':
    case 'choices':
    case 'tree':
      return given(optionIn(field, text));
    case 'location':
      return locationIn(text);
    default:
      return WRONG;
  }
}

/** An empty text is no value. People and linked records are found by their names elsewhere. */
export function readText(field: Field, text: string, now_ms: number): Read {
  if (text.trim() === '') return { value: isMany(field) ? [] : null };
  const today = dayAt(now_ms);
  if (!isMany(field)) return one(field, text, today);
  // An option may have a comma in its name.
  const whole = isOptions(field) ? optionIn(field, text) : undefined;
  if (whole !== undefined) return { value: [whole] };
  const all = text.split(BETWEEN).filter((part) => part.trim() !== '').map((part) => one(field, part, today));
  return all.every((read) => 'value' in read) ? { value: all.map((read) => ('value' in read ? read.value : null)) } : WRONG;
}

/** A table as spreadsheets put it on the clipboard: tabs and lines, quotes round what has them. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const push = () => (rows.at(-1)?.push(cell), (cell = ''));
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === '\t') push();
    else if (char === '\n') push(), rows.push([]);
    else if (char !== '\r') cell += char;
  }
  push();
  if (rows.length > 1 && rows.at(-1)?.join('') === '') rows.pop();
  return rows;
}

/** And back: what has a tab, a line end or a quote is quoted. */
export const cellsText = (rows: string[][]): string =>
  rows.map((row) => row.map((cell) => (/[\t\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join('\t')).join('\n');
