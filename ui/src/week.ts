// The last seven days of a team, or of oneself: what is overdue, who was visited, which clients were, what came of calls.
import type { ActionView } from './api/actions';
import type { CallView } from './api/views';
import type { Visit } from './api/visits';

export const WEEK_DAYS = 7;
const WEEK_MS = WEEK_DAYS * 24 * 3600 * 1000;

export const OUTCOMES = ['won', 'advanced', 'unchanged', 'lost', 'unsaid'] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** One bar of several that are compared: `share` is of the longest. */
export interface Bar<Name> {
  name: Name;
  count: number;
  share: number;
}

function bars<Name>(counted: [Name, number][]): Bar<Name>[] {
  const most = Math.max(1, ...counted.map(([, count]) => count));
  return counted.map(([name, count]) => ({ name, count, share: count / most }));
}

/** What came of the calls of the week, each outcome in its place though there was none. */
export function outcomes(calls: CallView[], now_ms: number): Bar<OutcomeName>[] {
  const week = calls.filter(({ created_ms, state }) => created_ms > now_ms - WEEK_MS && state === 'ended');
  const of = (name: OutcomeName) => week.filter(({ outcome }) => (outcome ?? 'unsaid') === name).length;
  return bars(OUTCOMES.map((name) => [name, of(name)]));
}

/** Visits that are none are left out, and so are those at no client. */
export const counted = ({ client, state, flag }: Visit): boolean => client != null && state !== 'rejected' && flag == null;

/** How many visits each person made, the most first. */
export function visitors(visits: Visit[]): Bar<string>[] {
  const names = new Map<number, { name: string; count: number }>();
  for (const visit of visits.filter(counted)) {
    const known = names.get(visit.person) ?? { name: visit.person_name, count: 0 };
    names.set(visit.person, { ...known, count: known.count + 1 });
  }
  const sorted = [...names.values()].sort((one, other) => other.count - one.count);
  return bars(sorted.map(({ name, count }) => [name, count]));
}

/** Open actions whose day is over, the longest overdue first. */
export const overdue = (actions: ActionView[], now_ms: number): ActionView[] =>
  actions
    .filter(({ done_ms, due_ms }) => done_ms == null && due_ms != null && due_ms < now_ms)
    .sort((one, other) => (one.due_ms ?? 0) - (other.due_ms ?? 0));

/** The share of clients that were visited; nothing where there is no client. */
export const covered = (unseen: number, of: number): number | undefined => (of === 0 ? undefined : Math.max(0, of - unseen) / of);
