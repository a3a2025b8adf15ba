import { describe, expect, it } from 'vitest';

import { en } from './visits.en';
import { zh } from './visits.zh';

const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('the words about visits', () => {
  it('have the same keys and take the same values in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
      expect(zh[key].trim(), key).not.toBe('');
      expect(en[key].trim(), key).not.toBe('');
      expect(values(en[key]), key).toEqual(values(zh[key]));
      expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
