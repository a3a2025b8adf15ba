// A value as it is read by people.
import { dayAt } from '../calendar';
import { language } from '../words/index.svelte';
import { minuteOfDay, written } from '../zone.svelte';
import type { Names } from './names.svelte';
import { type Field, isMany, optionLabel, type Value } from './shapes';
import { r } from '../words/records.svelte';

const FEN = 100;

/** Today, tomorrow, yesterday; else its month and day, with the year where it is another. */
export function dayShort(day: string, today = dayAt(Date.now()), named = true): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  const away = Math.round((date.getTime() - new Date(`${today}T00:00:00Z`).getTime()) / 86_400_000);
  if (Math.abs(away) <= 1) return new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(away, 'day');
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const);
  const near = named && Math.abs(away) < 7 ? ({ weekday: 'short' } as const) : {};
  return new Intl.DateTimeFormat(language.locale, { month: 'short', day: 'numeric', timeZone: 'UTC', ...year, ...near }).format(date);
}

/** A deadline that has passed. */
export function isLate(value: Value): boolean {
  return typeof value === 'string' ? value < dayAt(Date.now()) : typeof value === 'number' && value < Date.now();
}

function instantShort(at_ms: number): string {
  const hour = written(language.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at_ms);
  return `${dayShort(dayAt(at_ms), dayAt(Date.now()), false)} ${hour}`;
}

/** Weekday and distance: what a deadline was understood as. */
export function understood(value: Value): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const day = typeof value === 'number' ? dayAt(value) : value;
  const date = new Date(`${day}T00:00:00Z`);
  const away = Math.round((date.getTime() - new Date(`${dayAt(Date.now())}T00:00:00Z`).getTime()) / 86_400_000);
  const long = new Intl.DateTimeFormat(language.locale, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long', timeZone: 'UTC' }).format(date);
  const far = new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(away, 'day');
  const hour = typeof value === 'number' ? ` ${written(language.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, value)}` : '';
  return `${long}${hour} · ${far}`;
}

const money = (fen: number): string =>
  new Intl.NumberFormat(language.locale, { style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol' }).format(fen / FEN);

/** A number of this country as it is dialled here, in groups; any other as it is kept. */
export function phoneShort(kept: string): string {
  const [bare = '', extension] = kept.split('x');
  const home = /^\+86(\d+)$/.exec(bare)?.[1];
  const groups = home === undefined ? null : /^(1[3-9]\d)(\d{4})(\d{4})$/.exec(home) ?? /^(10|2\d|[3-9]\d\d)(\d{3,4})(\d{4})$/.exec(home);
  const [, first = '', ...rest] = groups ?? [];
  const shown = groups === null ? bare : [first.length === 3 && first.startsWith('1') ? first : `0${first}`, ...rest].join(' ');
  return extension === undefined ? shown : `${shown} x${extension}`;
}

function one(field: Field, value: Value, names: Names): string {
  if (typeof value === 'number') {
    if (field.kind === 'money') return money(value);
    if (field.kind === 'person') return names.person(value);
    if (field.kind === 'link') return names.record(field.to ?? '', value);
    if (field.kind === 'instant' || field.kind === 'deadline') return instantShort(value);
    return new Intl.NumberFormat(language.locale, { maximumFractionDigits: 6 }).format(value);
  }
  if (typeof value === 'boolean') return r(value ? 'yes' : 'no');
  if (typeof value === 'string') {
    if (field.kind === 'day' || field.kind === 'deadline') return dayShort(value);
    if (field.kind === 'phone') return phoneShort(value);
    return field.options === undefined || field.options.length === 0 ? value : optionLabel(field, value);
  }
  const place = value as { lat?: number; lon?: number; id?: number };
  if (place.lat !== undefined && place.lon !== undefined) return `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`;
  return place.id === undefined ? '' : r('file', { id: place.id });
}

export function show(field: Field, value: Value, names: Names): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value)) return value.map((item) => one(field, item, names)).join(language.now === 'zh' ? '、' : ', ');
  return one(field, value, names);
}

/** As it is typed again: what `readText` reads as the same value. */
export function typed(field: Field, value: Value, names: Names): string {
  if (value === null || value === undefined) return '';
  if (isMany(field)) return (Array.isArray(value) ? value : [value]).map((item) => one(field, item, names)).join('、');
  if (field.kind === 'money' && typeof value === 'number') return String(value / FEN);
  if ((field.kind === 'whole' || field.kind === 'number') && typeof value === 'number') return String(value);
  if ((field.kind === 'instant' || field.kind === 'deadline') && typeof value === 'number') {
    const minute = minuteOfDay(value);
    return `${dayAt(value)} ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  }
  if (field.kind === 'day' || field.kind === 'deadline') return typeof value === 'string' ? value : '';
  return show(field, value, names);
}
