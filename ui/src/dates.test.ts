import { beforeAll, describe, expect, it, vi } from 'vitest';

beforeAll(() => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
});

const at = (text: string) => new Date(text).getTime();
const NOW = at('2026-03-10T09:30:00');

describe('days', () => {
  it('are said as people say them', async () => {
    const { dayName, hour } = await import('./dates');
    expect(dayName(at('2026-03-10T00:01:00'), NOW)).toBe('今天');
    expect(dayName(at('2026-03-09T23:59:00'), NOW)).toBe('昨天');
    expect(dayName(at('2026-03-08T12:00:00'), NOW)).toBe('3月8日周日');
    expect(dayName(at('2025-12-31T12:00:00'), NOW)).toBe('2025年12月31日周三');
    expect(hour(at('2026-03-10T00:05:00'))).toBe('00:05');
  });

  it('make groups in the order of the list', async () => {
    const { byDay } = await import('./dates');
    const times = ['2026-03-10T08:00:00', '2026-03-10T07:00:00', '2026-03-09T07:00:00'].map(at);
    const groups = byDay(times, (time) => time, NOW);
    expect(groups.map(({ day, items }) => [day, items.length])).toEqual([
      ['今天', 2],
      ['昨天', 1],
    ]);
  });
});
