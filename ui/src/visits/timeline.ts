// The visits of a day → one line for each person, as shares of the hours shown.
import type { Visit } from '../api/visits';

const HOUR_MS = 3600 * 1000;

/** A working day is shown even when little happened in it. */
const FIRST_HOUR = 8;
const LAST_HOUR = 19;

export interface Bar {
  visit: Visit;
  /** Shares of the width, 0..1. */
  left: number;
  width: number;
}

export interface Line {
  person: number;
  name: string;
  bars: Bar[];
}

export interface Day {
  lines: Line[];
  /** Where the hours stand. */
  hours: { at_ms: number; left: number }[];
}

/** What is still going on lasts until now. */
export const endOf = (visit: Visit, now_ms: number): number => visit.going_on ? Math.max(visit.leave_ms, now_ms) : visit.leave_ms;

export function dayLines(visits: Visit[], day_ms: number, now_ms: number): Day {
  const whole = (at_ms: number, round: (hours: number) => number) => day_ms + round((at_ms - day_ms) / HOUR_MS) * HOUR_MS;
  const starts = visits.map((visit) => whole(visit.arrive_ms, Math.floor));
  const ends = visits.map((visit) => whole(endOf(visit, now_ms), Math.ceil));
  // A visit over midnight is drawn as far as it lies in this day.
  const from_ms = Math.max(day_ms, Math.min(day_ms + FIRST_HOUR * HOUR_MS, ...starts));
  const until_ms = Math.min(day_ms + 24 * HOUR_MS, Math.max(day_ms + LAST_HOUR * HOUR_MS, ...ends));
  const share = (at_ms: number) => Math.min(1, Math.max(0, (at_ms - from_ms) / (until_ms - from_ms)));

  const lines = new Map<number, Line>();
  for (const visit of visits) {
    const line = lines.get(visit.person) ?? { person: visit.person, name: visit.person_name, bars: [] };
    const left = share(visit.arrive_ms);
    line.bars.push({ visit, left, width: share(endOf(visit, now_ms)) - left });
    lines.set(visit.person, line);
  }
  const hours = [];
  for (let at_ms = from_ms; at_ms <= until_ms; at_ms += HOUR_MS) hours.push({ at_ms, left: share(at_ms) });
  return { lines: [...lines.values()].sort((one, other) => one.name.localeCompare(other.name, 'zh')), hours };
}
