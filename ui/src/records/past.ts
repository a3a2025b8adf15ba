// The history of fields as things that people did: what was changed at once by one is one entry.
import type { Past } from './api';

export type Change = Past;

export interface Entry {
  at_ms: number;
  who: string;
  why: string;
  changes: Past[];
}

/** Saved one after the other, seen as one. */
const TOGETHER_MS = 60_000;

/** Newest first, as they come. */
export function entries(all: Past[]): Entry[] {
  const found: Entry[] = [];
  for (const one of [...all].sort((a, b) => b.at_ms - a.at_ms)) {
    const last = found.at(-1);
    const { who, why } = one;
    const again = last?.changes.some(({ field }) => field === one.field) ?? false;
    if (last !== undefined && last.who === who && last.why === why && last.at_ms - one.at_ms <= TOGETHER_MS && !again) last.changes.push(one);
    else found.push({ at_ms: one.at_ms, who, why, changes: [one] });
  }
  return found;
}
