import { beforeAll, describe, expect, it, vi } from 'vitest';

let times: typeof import('./times');

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  times = await import('./times');
});

describe('days and hours', () => {
  it('a day goes from midnight to midnight, also where the clocks change', () => {
    const noon = new Date(2026, 2, 29, 12).getTime();
    for (const days of [-1, 0, 1]) {
      const { from_ms, until_ms } = times.dayOf(noon, days);
      expect(new Date(from_ms).getHours()).toBe(0);
      expect(new Date(from_ms).getDate()).toBe(29 + days);
      expect(times.dayOf(until_ms).from_ms).toBe(until_ms);
    }
  });

  it('minutes of the day go there and back', () => {
    for (const minute of [0, 495, 1439]) expect(times.minuteOf(times.clockOf(minute))).toBe(minute);
    expect(times.minuteOf('')).toBeUndefined();
  });

  it('a time is read as people write it', () => {
    for (const text of ['8:30', '08:30', '08：30', '0830', '830', '8点半', '8点30分', '8.30', ' 8:30 ']) expect(times.minuteOf(text), text).toBe(510);
    expect(['8', '8点', '0', '23:59'].map(times.minuteOf)).toEqual([480, 480, 0, 1439]);
    for (const text of ['24:00', '8:60', '8:3', 'noon', '-1', '12345']) expect(times.minuteOf(text), text).toBeUndefined();
  });

  it('Monday is the first day', () => {
    expect([1, 7].map(times.weekday)).toEqual(['周一', '周日']);
  });
});
