import { beforeAll, describe, expect, it, vi } from 'vitest';

import { en as shellEn } from './en';
import { office as officeEn } from './office/en';
import { office as officeZh } from './office/zh';
import { zh as shellZh } from './zh';

const zh = { ...shellZh, ...officeZh };
const en: Record<string, string> = { ...shellEn, ...officeEn };

const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('the words', () => {
  it('say something in both languages', () => {
    for (const table of [zh, en]) {
      for (const [key, text] of Object.entries(table)) expect(text.trim(), key).not.toBe('');
    }
  });

  it('have the same keys and take the same values', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    expect(Object.keys(zh).length, 'no key stands in both tables').toBe(Object.keys(shellZh).length + Object.keys(officeZh).length);
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(values(en[key] ?? ''), key).toEqual(values(zh[key]));
  });

  it('are Chinese in the one table and not in the other', () => {
    const own = ['app.language'];
    for (const [key, text] of Object.entries(en)) {
      if (!own.includes(key)) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

describe('the log', () => {
  const sources = import.meta.glob<string>(['../../../src/**/*.rs', '!**/tests.rs', '!**/tests/**'], { query: '?raw', import: 'default', eager: true });
  // What stands under `#[cfg(test)]` never happens.
  const code = Object.values(sources).map((text) => text.split('#[cfg(test)]')[0] ?? '');
  const entries = code.flatMap((text) => [...text.matchAll(/Change::of\(\s*"([^"]+)",\s*"([^"]+)"/g)].map(([, deed, entity]) => ({ deed, entity })));

  it('has words for every deed and what it was done to', () => {
    expect(entries.length).toBeGreaterThan(40);
    const keys = new Set(Object.keys(zh));
    const unsaid = entries.flatMap(({ deed, entity }) => [`deed.${deed}`, `entity.${entity}`]).filter((key) => !keys.has(key));
    expect([...new Set(unsaid)]).toEqual([]);
  });
});

describe('filling in', () => {
  beforeAll(() => {
    vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  });

  it('puts every value in its place', async () => {
    const { fill } = await import('./index.svelte');
    expect(fill('{low}–{high}，{low}', { low: 1, high: '2.5' })).toBe('1–2.5，1');
    expect(fill('{unknown}!', {})).toBe('!');
  });
});
