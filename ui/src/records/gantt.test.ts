import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { Row, Table, Values } from './shapes';

const DAY_MS = 24 * 3600 * 1000;
const NOW_MS = new Date(2026, 1, 12, 12).getTime();
const table: Table = {
  key: 'actions',
  label: { zh: '', en: '' },
  access: { read: 'all', create: true, change: 'all', delete: 'all' },
  views: [],
  forms: [],
  fields: [{ key: 'status', kind: 'choice', label: { zh: '', en: '' }, options: [{ key: 'open' }, { key: 'done', dims: { closed: 'yes' } }] }],
};
const row = (id: number, values: Values): Row => ({ id, uid: String(id), version: 1, values: { whom: 'a', created_at: NOW_MS - 5 * DAY_MS, changed_at: NOW_MS - 3.5 * DAY_MS, ...values } });

let gantt: typeof import('./gantt');
beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  gantt = await import('./gantt');
});
const bars = (rows: Row[]) => gantt.plan(table, rows, 'due', 'whom', NOW_MS).lanes.flatMap(({ bars }) => bars);

describe('a plan', () => {
  it('says what is late and how long nobody has touched it, unless it is over', () => {
    const [late, over, ahead] = bars([row(1, { due: '2026-02-10', status: 'open' }), row(2, { due: '2026-02-10', status: 'done' }), row(3, { due: '2026-02-12', status: 'open' })]);
    expect([late?.late, late?.stuck_days]).toEqual([true, 3]);
    expect([over?.late, over?.stuck_days]).toEqual([false, 0]);
    expect(ahead?.late, 'the day itself is not over').toBe(false);
  });

  it('never covers one bar with another of its lane', () => {
    const rows = Array.from({ length: 40 }, (_, id) => row(id + 1, { due: NOW_MS + ((id * 7) % 20) * DAY_MS, created_at: NOW_MS - ((id * 3) % 11) * DAY_MS }));
    const all = bars(rows);
    expect(all).toHaveLength(40);
    for (const one of all) {
      for (const other of all) {
        if (one === other || one.line !== other.line) continue;
        expect(one.end <= other.start || other.end <= one.start).toBe(true);
      }
    }
  });

  it('stays within its days however far away a deadline is, and leaves out what has none', () => {
    const all = bars([row(1, { due: '2036-01-01' }), row(2, { due: '1990-01-01', status: 'done', created_at: 0 }), row(3, { due: null })]);
    expect(all).toHaveLength(2);
    for (const { start, end } of all) expect(start >= 0 && end <= 90 && start <= end).toBe(true);
  });
});
