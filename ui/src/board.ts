// Numbers of the board → what is drawn, said and sorted.
import type { EstimateView, OwnWeekView } from './api/views';
import { language } from './words/index.svelte';
import { daysBetween, instantOf } from './zone.svelte';

const DAY_MS = 24 * 3600 * 1000;
const WEEK_MS = 7 * DAY_MS;

/** The axis of differences ends at a multiple of 5 points. */
const STEP = 0.05;

/** An interval on an axis with zero in its middle: places as shares of its width, and what the ends stand for. */
export interface Span {
  low: number;
  value: number;
  high: number;
  most: number;
}

export function around({ value, low, high }: EstimateView): Span {
  const far = Math.max(Math.abs(low), Math.abs(high));
  const most = Math.max(STEP, Math.ceil(far / STEP - 1e-9) * STEP);
  const at = (share: number) => (share + most) / (2 * most);
  return { low: at(low), value: at(value), high: at(high), most };
}

/** What an interval of a difference allows to be said. */
export const verdict = ({ low, high }: EstimateView): 'helps' | 'harms' | 'open' => (low > 0 ? 'helps' : high < 0 ? 'harms' : 'open');

/** A difference of shares in points: +2.1. */
export function points(share: number): string {
  const style = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' } as const;
  return new Intl.NumberFormat(language.locale, style).format(share * 100);
}

export const COURSES = ['talk', 'latency', 'hesitation', 'useful'] as const;
export type CourseName = (typeof COURSES)[number];

export interface Week {
  week_ms: number;
  /** Nothing was measured in this week when left out. */
  value?: number;
  /** How many calls, answers or ratings it is drawn from. */
  of: number;
}

const PARTS: Record<CourseName, (week: OwnWeekView) => Omit<Week, 'week_ms'>> = {
  talk: ({ talk_share, calls }) => ({ ...(talk_share == null ? {} : { value: talk_share }), of: calls }),
  latency: ({ latency_s, calls }) => ({ ...(latency_s == null ? {} : { value: latency_s }), of: calls }),
  hesitation: ({ hesitations, answers }) => ({ ...(answers === 0 ? {} : { value: hesitations / answers }), of: answers }),
  useful: ({ useful, rated }) => ({ ...(rated === 0 ? {} : { value: useful / rated }), of: rated }),
};

/** One measure over the weeks, oldest first; weeks without calls are there and have no value. */
export function course(name: CourseName, weeks: OwnWeekView[]): Week[] {
  const [first] = weeks;
  const last = weeks.at(-1);
  if (first === undefined || last === undefined) return [];
  const count = Math.round((last.week_ms - first.week_ms) / WEEK_MS) + 1;
  return Array.from({ length: count }, (_, at) => {
    const week_ms = first.week_ms + at * WEEK_MS;
    const week = weeks.find((one) => one.week_ms === week_ms);
    return week === undefined ? { week_ms, of: 0 } : { week_ms, ...PARTS[name](week) };
  });
}

/** So many calls, answers or ratings on either side before anything is compared. */
const LEAST: Record<CourseName, number> = { talk: 8, latency: 8, hesitation: 40, useful: 8 };
const SIDE_WEEKS = 4;
const SIDE_MEASURED = 2;

function mean(weeks: Week[], least: number): number | undefined {
  const measured = weeks.filter(({ value }) => value !== undefined);
  const of = measured.reduce((sum, week) => sum + week.of, 0);
  if (measured.length < SIDE_MEASURED || of < least) return undefined;
  return measured.reduce((sum, { value = 0, of }) => sum + value * of, 0) / of;
}

/** The last four weeks and the four before them; nothing when there is too little on either side. */
export function compared(name: CourseName, weeks: Week[]): { before: number; now: number } | undefined {
  const now = mean(weeks.slice(-SIDE_WEEKS), LEAST[name]);
  const before = mean(weeks.slice(-2 * SIDE_WEEKS, -SIDE_WEEKS), LEAST[name]);
  return now === undefined || before === undefined ? undefined : { before, now };
}

export interface Line {
  path: string;
  dots: { x: number; y: number }[];
}

/** A line over the weeks; where nothing was measured it is broken. `low` and `high` are the ends of the upright axis. */
export function line(weeks: Week[], width: number, height: number, low: number, high: number): Line {
  const x = (at: number) => (weeks.length === 1 ? width : (at / (weeks.length - 1)) * width);
  const y = (value: number) => height - ((value - low) / (high - low || 1)) * height;
  const round = (value: number) => Math.round(value * 10) / 10;
  let path = '';
  const dots: Line['dots'] = [];
  weeks.forEach(({ value }, at) => {
    if (value === undefined) return;
    const dot = { x: round(x(at)), y: round(y(value)) };
    path += `${weeks[at - 1]?.value === undefined ? 'M' : 'L'}${dot.x} ${dot.y}`;
    dots.push(dot);
  });
  return { path, dots };
}

/** Where the upright axis ends: shares that may be anything go to 1, others a little above what was measured. */
export function top(name: CourseName, weeks: Week[]): number {
  if (name === 'talk' || name === 'useful') return 1;
  const most = Math.max(0, ...weeks.map(({ value }) => value ?? 0));
  const step = name === 'latency' ? 0.5 : 0.1;
  return Math.max(step, Math.ceil(most / step - 1e-9) * step);
}

const DONE_SHOWN_MS = 7 * DAY_MS;

/** As far as it matters here whose an action is and whether it is done. */
interface Duty {
  assignee: number | null;
  author: number | null;
  done_ms: number | null;
}

/** What somebody is to do, what they asked others for, and what of both was done lately. */
export function sorted<Action extends Duty>(actions: Action[], me: number | undefined, now_ms: number) {
  const open = actions.filter(({ done_ms }) => done_ms == null);
  const lately = ({ done_ms }: Duty) => done_ms != null && now_ms - done_ms < DONE_SHOWN_MS;
  return {
    mine: open.filter(({ assignee }) => assignee === me),
    asked: open.filter(({ assignee, author }) => assignee !== me && author === me),
    done: actions.filter((one) => lately(one) && (one.assignee === me || one.author === me)),
  };
}

/** `2026-03-05` → the last moment of that day. */
export function endOfDay(date: string): number | undefined {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  return instantOf(year, month, day, 23, 59, 59);
}

/** Whole days from today: 0 is today, 1 tomorrow, -1 yesterday. */
export function daysUntil(at_ms: number, now_ms: number): number {
  return daysBetween(now_ms, at_ms);
}

/** An address that a colleague can open. */
export const isAddress = (text: string): boolean => /^https?:\/\/\S+$/.test(text) && text.length <= 400;
