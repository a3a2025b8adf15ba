// Days and hours as a day's visits need them. All on the organisation's clock.
import type { Span } from '../api/visits';
import { language } from '../words/index.svelte';
import { midnightOf, written } from '../zone.svelte';

export const DAY_MS = 24 * 3600 * 1000;
const MINUTE_MS = 60_000;

/** The day that a moment lies in, from midnight to midnight; `days` moves it. */
export function dayOf(unix_ms: number, days = 0): Span {
  return { from_ms: midnightOf(unix_ms, days), until_ms: midnightOf(unix_ms, days + 1) };
}

/** 9:05 in the morning is 09:05. */
export function hour(unix_ms: number): string {
  return written(language.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, unix_ms);
}

export function date(unix_ms: number): string {
  return written(language.locale, { month: 'long', day: 'numeric', weekday: 'long' }, unix_ms);
}

/** Whole minutes, the way a stay is told. */
export const minutes = (from_ms: number, until_ms: number): number => Math.max(0, Math.round((until_ms - from_ms) / MINUTE_MS));

/** Minutes of the day ⇄ what an input of type `time` holds. */
export const clockOf = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** The minute of the day, of a time as people write it: 8, 8:05, 08：05, 0805, 8点半, 8点05分; no time that a clock does not show. */
export function minuteOf(text: string): number | undefined {
  const plain = text.normalize('NFKC').trim().replace(/[点时]半$/, ':30').replace(/[点时.]/, ':').replace(/[分:]$/, '');
  const [, hours, rest = '0'] = /^(\d{1,2})(?::?(\d{2}))?$/.exec(plain) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(rest) > 59) return undefined;
  return Number(hours) * 60 + Number(rest);
}

/** Monday is 1, as the appliance counts. */
export function weekday(day: number): string {
  // 1 January 2024 was a Monday.
  return new Intl.DateTimeFormat(language.locale, { weekday: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));
}
