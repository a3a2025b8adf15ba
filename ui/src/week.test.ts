import { describe, expect, it } from 'vitest';

import type { ActionView } from './api/actions';
import type { CallView } from './api/views';
import type { Visit } from './api/visits';
import { covered, outcomes, overdue, visitors } from './week';

const NOW_MS = 1_770_868_800_000;
const DAY_MS = 24 * 3600 * 1000;

const call = (days: number, outcome: string | null, state = 'ended') => ({ created_ms: NOW_MS - days * DAY_MS, outcome, state }) as CallView;
const visit = (person: number, more: Partial<Visit> = {}) => ({ person, person_name: `P${person}`, client: 1, state: 'left', flag: null, ...more }) as Visit;

describe('the week', () => {
  it('counts what came of its calls, and says where nobody said it', () => {
    const calls = [call(1, 'won'), call(2, 'advanced'), call(2, 'advanced'), call(3, null), call(8, 'won'), call(1, null, 'live')];
    expect(outcomes(calls, NOW_MS).map(({ name, count, share }) => [name, count, share])).toEqual([
      ['won', 1, 0.5],
      ['advanced', 2, 1],
      ['unchanged', 0, 0],
      ['lost', 0, 0],
      ['unsaid', 1, 0.5],
    ]);
  });

  it('is there from the first day on, with nothing in it', () => {
    expect(outcomes([], NOW_MS).every(({ count, share }) => count === 0 && share === 0)).toBe(true);
    expect([visitors([]), covered(0, 0)]).toEqual([[], undefined]);
  });

  it('counts visits to clients by person, not what was none', () => {
    const visits = [visit(1), visit(2), visit(2), visit(1, { client: null }), visit(1, { state: 'rejected' }), visit(1, { flag: 'suspect' })];
    expect(visitors(visits)).toEqual([
      { name: 'P2', count: 2, share: 1 },
      { name: 'P1', count: 1, share: 0.5 },
    ]);
  });

  it('puts the longest overdue first and leaves out what is done or not due', () => {
    const action = (id: number, due_ms: number | null, done_ms: number | null = null) => ({ id, due_ms, done_ms }) as ActionView;
    const actions = [action(1, NOW_MS - 1), action(2, NOW_MS - DAY_MS), action(3, NOW_MS + 1), action(4, null), action(5, NOW_MS - DAY_MS, NOW_MS)];
    expect(overdue(actions, NOW_MS).map(({ id }) => id)).toEqual([2, 1]);
  });

  it('covers as many clients as were visited', () => {
    expect([covered(1, 4), covered(0, 4), covered(9, 4)]).toEqual([0.75, 1, 0]);
  });
});
