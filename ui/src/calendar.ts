// Days of the calendar as `2026-02-18`: how people write them, how the page shows them, and the grid of a month.
import { language } from './words/index.svelte';
import { localOf } from './zone.svelte';

const DAY_MS = 24 * 3600 * 1000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const utc = (day: string): Date => new Date(`${day}T00:00:00Z`);
const iso = (date: Date): string => date.toISOString().slice(0, 10);

/** The organisation's day. */
export function dayAt(unix_ms: number): string {
  return iso(localOf(unix_ms));
}

/** A day that there is; 30 February is none. */
function made(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? iso(date) : undefined;
}

/**
 * What somebody typed: `2026-2-18`, `2026年2月18日`, `2月18日` (the next one there is), `18 Feb 2026`. What could be
 * two days, as 3/4, is none.
 */
export function dayOfText(text: string, today: string): string | undefined {
  const typed = text.normalize('NFKC').trim().toLowerCase();
  const soon = (month: number, day: number): string | undefined => {
    const year = Number(today.slice(0, 4));
    const now = made(year, month, day);
    return now !== undefined && now < today ? made(year + 1, month, day) : now;
  };
  const whole = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?/.exec(typed);
  if (whole !== null) return made(Number(whole[1]), Number(whole[2]), Number(whole[3]));
  const chinese = /^(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?$/.exec(typed);
  if (chinese !== null) return soon(Number(chinese[1]), Number(chinese[2]));
  const english = /^(?:[a-z]{3,9},?\s+)?(\d{1,2})\s+([a-z]{3})[a-z]*\.?(?:,?\s+(\d{4}))?$/.exec(typed);
  const month = MONTHS.indexOf(english?.[2] ?? '') + 1;
  if (english === null || month === 0) return undefined;
  return english[3] === undefined ? soon(month, Number(english[1])) : made(Number(english[3]), month, Number(english[1]));
}

/** As the page's language writes it, with its weekday. */
export function dayWritten(day: string): string {
  const style = { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(language.locale, style).format(utc(day));
}

export const move = (day: string, days: number): string => iso(new Date(utc(day).getTime() + days * DAY_MS));

/** The first of the month that is `months` away. */
export function monthOf(day: string, months = 0): string {
  const date = utc(day);
  return iso(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)));
}

export const monthWritten = (day: string): string =>
  new Intl.DateTimeFormat(language.locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(utc(day));

/** The six weeks that show a month, from Monday on. */
export function weeksOf(month: string): string[][] {
  const before = (utc(month).getUTCDay() + 6) % 7;
  const first = move(month, -before);
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, day) => move(first, week * 7 + day)));
}

export const weekdaysWritten = (): string[] =>
  // 1 January 2024 was a Monday.
  Array.from({ length: 7 }, (_, day) => new Intl.DateTimeFormat(language.locale, { weekday: 'narrow', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day)));
