import { beforeAll, describe, expect, it, vi } from 'vitest';

describe('a day as people write it', () => {
  let calendar: typeof import('./calendar');

  beforeAll(async () => {
    vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
    calendar = await import('./calendar');
  });

  it.each([
    ['2026-2-18', '2026-02-18'],
    ['2026/02/18', '2026-02-18'],
    ['2026年2月18日', '2026-02-18'],
    ['２０２６年２月１８日', '2026-02-18'],
    ['2月18日', '2027-02-18'],
    ['12月1号', '2026-12-01'],
    ['18 Feb 2026', '2026-02-18'],
    ['Wed, 18 February 2026', '2026-02-18'],
    ['1 dec', '2026-12-01'],
  ])('%s', (text, day) => {
    expect(calendar.dayOfText(text, '2026-11-30')).toBe(day);
  });

  it.each(['', '3/4', '2026-02-30', '13月1日', '0月1日', 'soon', '18 foo', '2026-2', '99999-1-1'])('is no day: %s', (text) => {
    expect(calendar.dayOfText(text, '2026-11-30')).toBeUndefined();
  });

  it('is read back as it was written', () => {
    for (const day of ['2024-02-29', '2026-11-30', '2027-01-01']) expect(calendar.dayOfText(calendar.dayWritten(day), '2026-11-30')).toBe(day);
  });
});

describe('a month', () => {
  it('is six weeks from Monday that hold all of its days', async () => {
    const { monthOf, weeksOf } = await import('./calendar');
    const weeks = weeksOf(monthOf('2026-02-18'));
    expect(weeks).toHaveLength(6);
    expect(weeks[0]?.[0]).toBe('2026-01-26');
    expect(weeks.flat().filter((day) => day.startsWith('2026-02'))).toHaveLength(28);
    expect(monthOf('2026-12-31', 1)).toBe('2027-01-01');
  });
});
