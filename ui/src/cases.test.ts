import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
vi.stubGlobal('location', { href: 'http://localhost/', origin: 'http://localhost' });
const { matching } = await import('./cases');

const row = (id: number, industries: string[], topics: string[] = [], url = '') => ({ id, values: { title: `案例 ${id}`, industries, topics, url } });
const ids = (rows: ReturnType<typeof row>[], industry: string | undefined, topics: string[] = []) => matching(rows, { industry, topics }).map(({ id }) => id);

describe('cases for a client', () => {
  it('are of the industry first, then of the topic, three at most', () => {
    const rows = [row(1, []), row(2, ['医院']), row(3, ['医院'], ['价格']), row(4, ['教育']), row(5, [], ['价格']), row(6, ['医疗', '医院'])];
    expect(ids(rows, '医院', ['价格'])).toEqual([3, 2, 6]);
    expect(ids(rows, '教育', ['价格'])).toEqual([4, 5, 1]);
  });

  it('are never of another industry', () => {
    expect(ids([row(1, ['教育']), row(2, ['汽车'])], '医院')).toEqual([]);
    expect(ids([row(1, ['教育']), row(2, [])], undefined)).toEqual([2]);
  });

  it('lead only to addresses', () => {
    expect(matching([row(1, [], [], 'javascript:alert(1)'), row(2, [], [], 'https://files.example/a')], { industry: undefined, topics: [] })).toEqual([
      { id: 1, title: '案例 1', url: undefined },
      { id: 2, title: '案例 2', url: 'https://files.example/a' },
    ]);
  });
});
