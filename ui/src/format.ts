// Numbers and times as people read them. What is unknown is a dash, never 0.
import { language } from './words/index.svelte';
import { localOf, written } from './zone.svelte';

export const UNKNOWN = '—';

export function decimal(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined) return UNKNOWN;
  const format = new Intl.NumberFormat(language.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return format.format(value);
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return UNKNOWN;
  return new Intl.NumberFormat(language.locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return UNKNOWN;
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const format = new Intl.NumberFormat(language.locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(value);
}

/** 65 000 ms are 1:05; hours only when there are some. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  if (hours > 0) return [hours, ...parts].join(':');
  return `${Math.floor(seconds / 60)}:${parts[1]}`;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Relative within a week, absolute beyond. */
export function when(unix_ms: number, now_ms: number): string {
  const ago_ms = now_ms - unix_ms;
  if (ago_ms > WEEK_MS) {
    return written(language.locale, { dateStyle: 'medium', timeStyle: 'short' }, unix_ms);
  }
  const format = new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' });
  const minutes = Math.round(ago_ms / 60_000);
  if (minutes < 60) return format.format(-minutes, 'minute');
  if (minutes < 24 * 60) return format.format(-Math.round(minutes / 60), 'hour');
  return format.format(-Math.round(minutes / (24 * 60)), 'day');
}

/** A day with its hour, and with its year where that is another one: until when something lasts. */
export function day(unix_ms: number, now_ms = Date.now()): string {
  const year = localOf(unix_ms).getUTCFullYear() === localOf(now_ms).getUTCFullYear() ? {} : ({ year: 'numeric' } as const);
  const style = { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', ...year } as const;
  return written(language.locale, style, unix_ms);
}

/** To the second, as a log has it. */
export function moment(unix_ms: number): string {
  return written(language.locale, { dateStyle: 'medium', timeStyle: 'medium' }, unix_ms);
}
