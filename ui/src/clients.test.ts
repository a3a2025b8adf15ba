import { expect, test, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh' });
const { called, isErased, narrowing } = await import('./clients');

test('what is erased is no name', () => {
  expect([isErased({ name: 'erased 12' }), isErased({ name: 'Erased Ltd' })]).toEqual([true, false]);
  expect(called({ name: '华东' })).toBe('华东');
  expect(called({ name: 'erased 12' })).not.toContain('12');
});

test('a list is narrowed to what was chosen, whatever its words are', () => {
  expect(narrowing({ grade: '', stage: '', industry: '' })).toBe('');
  expect(narrowing({ grade: 'A', stage: '报"价', industry: '医疗' })).toBe('grade == "A" && stage == "报\\"价" && under(industry, "医疗")');
});
