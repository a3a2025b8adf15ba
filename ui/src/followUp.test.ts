import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { dayOfSoon, soonOf, titleOf } = await import('./followUp');

describe('what follows from a visit', () => {
  it('is the next step, with what it comes from', () => {
    expect(titleOf({ note: ' 见了李主任 ', next: ' 送样品 ' })).toBe('送样品（见了李主任）');
    expect(titleOf({ note: '', next: '送样品' })).toBe('送样品');
  });

  it('is what happened where nothing comes next', () => {
    expect(titleOf({ note: '见了李主任', next: ' ' })).toBe('见了李主任');
  });

  it('is due on a day of the calendar, whatever the hour', () => {
    for (const hour of [0, 9, 23]) {
      const now_ms = new Date(2026, 1, 27, hour, 59).getTime();
      expect([dayOfSoon('today', now_ms), dayOfSoon('tomorrow', now_ms), dayOfSoon('week', now_ms)]).toEqual(['2026-02-27', '2026-02-28', '2026-03-06']);
      expect([soonOf('2026-02-28', now_ms), soonOf('2026-03-06', now_ms), soonOf('2026-03-01', now_ms), soonOf('', now_ms)]).toEqual(['tomorrow', 'week', undefined, undefined]);
    }
  });
});
