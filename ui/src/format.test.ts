import { beforeAll, describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'en', setItem: () => {} });

let format: typeof import('./format');

beforeAll(async () => {
  format = await import('./format');
});

describe('numbers', () => {
  it('show a dash and never 0 for what is unknown', () => {
    expect(format.decimal(null, 1)).toBe('—');
    expect(format.decimal(undefined, 1)).toBe('—');
    expect(format.percent(null)).toBe('—');
    expect(format.bytes(null)).toBe('—');
  });

  it('keep their digits', () => {
    expect(format.decimal(4, 1)).toBe('4.0');
    expect(format.decimal(12.345, 1)).toBe('12.3');
    expect(format.percent(0.426)).toBe('43%');
  });

  it('count bytes in the unit that reads best', () => {
    expect(format.bytes(0)).toBe('0 bytes');
    expect(format.bytes(1)).toBe('1 byte');
    expect(format.bytes(82_400)).toBe('82.4 kB');
    expect(format.bytes(17_280_000)).toBe('17.3 MB');
  });
});

describe('times', () => {
  it('read like a clock', () => {
    expect(format.clock(0)).toBe('0:00');
    expect(format.clock(65_999)).toBe('1:05');
    expect(format.clock(3_600_000 + 61_000)).toBe('1:01:01');
  });

  it('are relative within a week and absolute beyond', () => {
    const now = Date.UTC(2026, 10, 24, 12);
    expect(format.when(now - 5_000, now)).toBe('this minute');
    expect(format.when(now - 3 * 60_000, now)).toBe('3 minutes ago');
    expect(format.when(now - 26 * 3_600_000, now)).toBe('yesterday');
    expect(format.when(now - 10 * 24 * 3_600_000, now)).toMatch(/Nov.*2026/);
  });
});
