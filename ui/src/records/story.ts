// Everything that happened around a record, on one line of time.
import type { Visit } from '../api/visits';
import type { CallView } from '../api/views';
import type { Past, Step } from './api';
import { entries, type Entry } from './past';

export type Happening =
  | { at_ms: number; of: 'change'; entry: Entry }
  | { at_ms: number; of: 'record'; step: Step }
  | { at_ms: number; of: 'call'; call: CallView }
  | { at_ms: number; of: 'visit'; visit: Visit };

export const PARTS = ['all', 'change', 'record', 'meeting'] as const;
export type Part = (typeof PARTS)[number];

/** What somebody wants to see of it. A call and a visit are both meetings. */
export const isIn = (part: Part, { of }: Happening): boolean => part === 'all' || (part === 'meeting' ? of === 'call' || of === 'visit' : of === part);

/** Newest first. Only what came of a record is told: what led to it stands among its fields. */
export function story(past: Past[], steps: Step[], calls: CallView[], visits: Visit[]): Happening[] {
  return [
    ...entries(past).map((entry): Happening => ({ at_ms: entry.at_ms, of: 'change', entry })),
    ...steps.filter(({ how }) => how === 'came').map((step): Happening => ({ at_ms: step.created_at, of: 'record', step })),
    ...calls.filter(({ state }) => state !== 'withdrawn').map((call): Happening => ({ at_ms: call.created_ms, of: 'call', call })),
    ...visits.filter(({ state }) => state !== 'rejected').map((visit): Happening => ({ at_ms: visit.arrive_ms, of: 'visit', visit })),
  ].sort((one, other) => other.at_ms - one.at_ms);
}
