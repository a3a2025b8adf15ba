import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { ActionView } from './api/actions';
import type { OwnWeekView } from './api/views';

const DAY_MS = 24 * 3600 * 1000;
const WEEK_MS = 7 * DAY_MS;

let board: typeof import('./board');

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  board = await import('./board');
});

const week = (at: number, more: Partial<OwnWeekView> = {}): OwnWeekView => ({
  week_ms: at * WEEK_MS,
  calls: 4,
  hesitations: 2,
  answers: 20,
  talk_share: 0.5,
  latency_s: 0.4,
  hints: 3,
  rated: 0,
  useful: 0,
  advanced: 1,
  ...more,
});

describe('an interval around zero', () => {
  it('lies on an axis that ends at a multiple of five points', () => {
    expect(board.around({ value: 0.02, low: -0.05, high: 0.09 })).toEqual({ low: 0.25, value: 0.6, high: 0.95, most: 0.1 });
    expect(board.around({ value: 0, low: 0, high: 0 }).most).toBe(0.05);
    expect(board.around({ value: -0.1, low: -0.15, high: -0.05 }).most).toBeCloseTo(0.15);
  });

  it('claims something only when zero is outside', () => {
    const of = (low: number, high: number) => board.verdict({ value: 0, low, high });
    expect([of(0.01, 0.1), of(-0.1, -0.01), of(-0.01, 0.1), of(0, 0.1)]).toEqual(['helps', 'harms', 'open', 'open']);
  });

  it('is told in points with a sign', () => {
    expect([0.0213, -0.1, 0].map((share) => board.points(share))).toEqual(['+2.1', '-10.0', '0.0']);
  });
});

describe('the own weeks', () => {
  it('keep their place when there were none between', () => {
    const found = board.course('hesitation', [week(3), week(5, { answers: 0, hesitations: 0 }), week(6)]);
    expect(found.map(({ week_ms, value }) => [week_ms / WEEK_MS, value])).toEqual([[3, 0.1], [4, undefined], [5, undefined], [6, 0.1]]);
    expect(board.course('talk', [])).toEqual([]);
    expect(board.course('useful', [week(1, { rated: 4, useful: 3 })])).toEqual([{ week_ms: WEEK_MS, value: 0.75, of: 4 }]);
  });

  it('are compared only with enough on both sides', () => {
    const weeks = (count: number, more: (at: number) => Partial<OwnWeekView>) =>
      board.course('talk', Array.from({ length: count }, (_, at) => week(at, more(at))));
    const found = board.compared('talk', weeks(8, (at) => ({ talk_share: at < 4 ? 0.7 : 0.5 })));
    expect([found?.before, found?.now].map((value) => value?.toFixed(2))).toEqual(['0.70', '0.50']);
    expect(board.compared('talk', weeks(4, () => ({})))).toBeUndefined();
    expect(board.compared('talk', weeks(8, () => ({ calls: 1 })))).toBeUndefined();
    expect(board.compared('talk', weeks(8, (at) => (at > 4 ? { talk_share: null } : {})))).toBeUndefined();
  });

  it('count by how much was measured', () => {
    const weeks = Array.from({ length: 8 }, (_, at) => week(at, at === 7 ? { calls: 12, talk_share: 0.8 } : { calls: 4, talk_share: 0.4 }));
    expect(board.compared('talk', board.course('talk', weeks))?.now).toBeCloseTo(0.6);
  });

  it('are a line that breaks where nothing was measured', () => {
    const weeks = [0.5, 1, undefined, 0].map((value, at) => ({ week_ms: at, of: 1, ...(value === undefined ? {} : { value }) }));
    expect(board.line(weeks, 90, 40, 0, 1)).toEqual({ path: 'M0 20L30 0M90 40', dots: [{ x: 0, y: 20 }, { x: 30, y: 0 }, { x: 90, y: 40 }] });
    expect(board.top('latency', [{ week_ms: 0, of: 1, value: 1.1 }])).toBe(1.5);
    expect(board.top('hesitation', [])).toBe(0.1);
  });
});

describe('actions', () => {
  const action = (id: number, assignee: number, author: number, done_ms?: number) =>
    ({ id, assignee, author, done_ms: done_ms ?? null }) as ActionView;

  it('are one’s own, asked for, and done lately', () => {
    const now = 100 * DAY_MS;
    const all = [action(1, 7, 7), action(2, 8, 7), action(3, 8, 9), action(4, 7, 9, now - DAY_MS), action(5, 7, 7, now - 8 * DAY_MS), action(6, 8, 9, now)];
    const ids = (list: ActionView[]) => list.map(({ id }) => id);
    const { mine, asked, done } = board.sorted(all, 7, now);
    expect([ids(mine), ids(asked), ids(done)]).toEqual([[1], [2], [4]]);
  });

  it('are due until the end of their day', () => {
    const due = board.endOfDay('2026-03-05') ?? 0;
    expect([new Date(due).getHours(), new Date(due).getDate()]).toEqual([23, 5]);
    expect([board.endOfDay(''), board.endOfDay('5.3.')]).toEqual([undefined, undefined]);
    const at = (day: number, hour: number) => new Date(2026, 2, day, hour).getTime();
    expect([board.daysUntil(due, at(5, 23)), board.daysUntil(due, at(4, 1)), board.daysUntil(due, at(6, 0))]).toEqual([0, 1, -1]);
  });

  it('link to something that can be opened', () => {
    expect(['https://files.example/a.pdf', 'http://nas/集采', 'nas/a', 'https://a b'].map((text) => board.isAddress(text))).toEqual([true, true, false, false]);
  });
});
