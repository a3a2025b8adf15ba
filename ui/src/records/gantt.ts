// Records with a deadline as bars on days: one lane for each value, overlapping bars below each other.
import { instantOf, midnightOf } from '../zone.svelte';
import { type Row, type Table, isClosed, type Value } from './shapes';

const DAY_MS = 24 * 3600 * 1000;

export interface Bar {
  row: Row;
  /** Days since `from` of the plan, with parts of a day. */
  start: number;
  end: number;
  /** Which line of its lane. */
  line: number;
  late: boolean;
  /** Whole days since anybody changed it; 0 for what is over. */
  stuck_days: number;
}

export interface Lane {
  value: Value;
  bars: Bar[];
  lines: number;
  /** How many of them are. */
  late: number;
}

export interface Plan {
  from_ms: number;
  days: number;
  lanes: Lane[];
}

/** A bar is never thinner than this, so that it can be seen and touched. */
const DAYS_MIN = 1;
/** What lies further away is drawn at the edge. */
const DAYS_BEFORE = 30;
const DAYS_AFTER = 60;

/** The end of a day, or the instant. */
function endOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [year = 0, month = 1, day = 1] = value.split('-').map(Number);
  return instantOf(year, month, day + 1);
}

/** `due`, `group`: keys of fields. */
export function plan(table: Table, rows: Row[], due: string, group: string, now_ms: number): Plan {
  const today = midnightOf(now_ms);
  const from_ms = today - DAYS_BEFORE * DAY_MS;
  const days = DAYS_BEFORE + DAYS_AFTER;
  const place = (at_ms: number) => Math.max(0, Math.min(days, (at_ms - from_ms) / DAY_MS));
  const lanes = new Map<string, Lane>();
  for (const row of rows) {
    const end_ms = endOf(row.values[due]);
    if (end_ms === undefined) continue;
    const closed = isClosed(table, row);
    const late = !closed && end_ms <= now_ms;
    const begun_ms = Number(row.values['created_at'] ?? end_ms);
    // What is late goes on to be late until today.
    const end = place(late ? now_ms : end_ms);
    const start = Math.max(0, Math.min(place(begun_ms), end - DAYS_MIN));
    const changed_ms = Number(row.values['changed_at'] ?? now_ms);
    const key = JSON.stringify(row.values[group] ?? null);
    const lane = lanes.get(key) ?? { value: row.values[group] ?? null, bars: [], lines: 0, late: 0 };
    lanes.set(key, lane);
    if (late) lane.late += 1;
    lane.bars.push({ row, start, end, line: 0, late, stuck_days: closed ? 0 : Math.max(0, Math.floor((now_ms - changed_ms) / DAY_MS)) });
  }
  for (const lane of lanes.values()) stack(lane);
  return { from_ms, days, lanes: [...lanes.values()] };
}

/** Every bar on the first line where it covers no other. */
function stack(lane: Lane): void {
  lane.bars.sort((one, other) => one.start - other.start || one.row.id - other.row.id);
  const ends: number[] = [];
  for (const bar of lane.bars) {
    const free = ends.findIndex((end) => end <= bar.start);
    bar.line = free === -1 ? ends.length : free;
    ends[bar.line] = bar.end;
  }
  lane.lines = ends.length;
}
