// Days and hours as people say them.
import { language } from './words/index.svelte';

const DAY_MS = 24 * 3600 * 1000;

/** Midnight of the reader's own day. */
function midnight(unix_ms: number): number {
  const date = new Date(unix_ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const sentenceCase = (text: string): string => text.charAt(0).toLocaleUpperCase(language.locale) + text.slice(1);

/** Today, yesterday, a weekday within the week, a date beyond. */
export function dayName(unix_ms: number, now_ms: number): string {
  const ago = Math.round((midnight(now_ms) - midnight(unix_ms)) / DAY_MS);
  if (ago === 0 || ago === 1) return sentenceCase(new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(-ago, 'day'));
  const date = new Date(unix_ms);
  const year = date.getFullYear() === new Date(now_ms).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(language.locale, { month: 'long', day: 'numeric', weekday: 'short', ...year }).format(date);
}

/** 14:05 */
export function hour(unix_ms: number): string {
  return new Intl.DateTimeFormat(language.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(unix_ms);
}

/** A list in the order in which it comes, a group for every day. */
export function byDay<T>(items: T[], at: (item: T) => number, now_ms: number): { day: string; items: T[] }[] {
  const groups: { day: string; items: T[] }[] = [];
  for (const item of items) {
    const day = dayName(at(item), now_ms);
    const last = groups.at(-1);
    if (last?.day === day) last.items.push(item);
    else groups.push({ day, items: [item] });
  }
  return groups;
}
