// Days and hours as people say them.
import { language } from './words/index.svelte';
import { daysBetween, localOf, written } from './zone.svelte';

const sentenceCase = (text: string): string => text.charAt(0).toLocaleUpperCase(language.locale) + text.slice(1);

/** Today, yesterday, a weekday within the week, a date beyond. */
export function dayName(unix_ms: number, now_ms: number): string {
  const ago = daysBetween(unix_ms, now_ms);
  if (ago === 0 || ago === 1) return sentenceCase(new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' }).format(-ago, 'day'));
  const year = localOf(unix_ms).getUTCFullYear() === localOf(now_ms).getUTCFullYear() ? {} : ({ year: 'numeric' } as const);
  return written(language.locale, { month: 'long', day: 'numeric', weekday: 'short', ...year }, unix_ms);
}

/** 14:05 */
export function hour(unix_ms: number): string {
  return written(language.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, unix_ms);
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
