import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { language } = await import('./words/index.svelte');
await language.open();
const { address, creditLimit, terms } = await import('./terms');

describe('the terms of a client', () => {
  it('are said as they are agreed', () => {
    expect(terms({ term_kind: 'net', term_days: 30 })).toBe('票后 30 天');
    expect(terms({ term_kind: 'month_end', term_days: 60 })).toBe('月结 60 天');
    expect(terms({ term_kind: 'fixed_day', term_days: 25 })).toBe('每月 25 日');
    expect(creditLimit({ credit_limit: 18_640_050 })).toBe('¥186,400.50');
  });

  it('are nothing where nothing is known', () => {
    expect([terms({}), terms({ term_kind: 'net' }), creditLimit({}), address({ address: 7 })]).toEqual(['', '', '', '']);
  });
});
