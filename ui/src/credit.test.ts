import { describe, expect, it, vi } from 'vitest';

import type { Credit } from './api/credit';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { language } = await import('./words/index.svelte');
await language.open();
const { advice, ages, came, yuan } = await import('./credit');

const credit = (overdue: number): Credit => ({
  terms: { kind: 'net', days: 30 },
  receivable: overdue,
  overdue,
  buckets: { '1-30': 1, '31-60': 2, '61-90': 3, '90+': 4 },
  limit: null,
  left: null,
  payments: [],
});

describe('what a client owes', () => {
  it('is written as the appliance writes it', () => {
    expect([18_640_000, 18_640_001, 5, 0, -100_000].map(yuan)).toEqual(['¥186,400', '¥186,400.01', '¥0.05', '¥0', '-¥1,000']);
  });

  it('is advised about in the very words of the appliance, and not while nothing is overdue', () => {
    expect(advice(credit(18_640_000))).toBe('该客户超期应收款已达¥186,400，建议暂缓发货');
    expect(advice(credit(0))).toBe('');
  });

  it('has four ages, youngest first', () => {
    expect(ages(credit(10)).map(({ fen }) => fen)).toEqual([1, 2, 3, 4]);
  });

  it('was paid late, on its day, early, or is not known', () => {
    expect([20, 0, -3, null].map(came)).toEqual(['晚 20 天', '按期', '早 3 天', '尚未核销']);
  });
});
