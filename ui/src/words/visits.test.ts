import { describe, expect, it } from 'vitest';

import { en as recordsEn } from './records.en';
import { zh as recordsZh } from './records.zh';
import { en as visitsEn } from './visits.en';
import { zh as visitsZh } from './visits.zh';

const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

const TABLES: [string, Record<string, string>, Record<string, string>][] = [
  ['visits', visitsZh, visitsEn],
  ['records', recordsZh, recordsEn],
];

describe('the words that come with their pages', () => {
  it.each(TABLES)('have the same keys and take the same values in both languages: %s', (_, zh, en) => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    for (const key of Object.keys(zh)) {
      expect(zh[key]?.trim(), key).not.toBe('');
      expect(en[key]?.trim(), key).not.toBe('');
      expect(values(en[key] ?? ''), key).toEqual(values(zh[key] ?? ''));
      expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
