import { beforeAll, expect, test, vi } from 'vitest';

import type { Field, Row } from './shapes';

let { groupsOf, isGrouping, linesOf, shutIn, shutText, without } = {} as typeof import('./lines');
beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh' });
  ({ groupsOf, isGrouping, linesOf, shutIn, shutText, without } = await import('./lines'));
});

const field = { key: 'grade', kind: 'choice', label: { zh: '等级', en: 'Grade' }, options: [{ key: 'B' }, { key: 'A' }] } as Field;
const row = (id: number, grade: string | null): Row => ({ id, uid: '', version: 1, values: { grade } });
const counts = [{ value: null, n: 1 }, { value: 'A', n: 2 }, { value: 'gone', n: 1 }, { value: 'B', n: 1 }];
const told = (rows: Row[], shut: string[], more: boolean) =>
  linesOf(rows, field, groupsOf(field, counts, new Set(shut)), more).map((line) => (line.group ? `${line.group.id} ${line.group.n}` : line.row.id));

test('groups stand as their options are listed, what is gone behind them, nothing last', () => {
  expect(told([row(1, 'B'), row(2, 'A'), row(3, 'A'), row(4, 'gone'), row(5, null)], [], false)).toEqual(['"B" 1', 1, '"A" 2', 2, 3, '"gone" 1', 4, 'null 1', 5]);
});

test('a shut group is its head, and what is still to come is not shown as empty', () => {
  expect(told([row(2, 'A')], ['"B"'], true)).toEqual(['"B" 1', '"A" 2', 2]);
});

test('a row that was given another value stands where that value is, with a head of its own if there was none', () => {
  expect(told([row(1, 'A'), row(2, 'new')], [], false)).toEqual(['"B" 1', '"A" 2', 1, '"gone" 1', '"new" 1', 2, 'null 1']);
});

test('rows keep their number among the rows, whatever heads lie between', () => {
  const lines = linesOf([row(1, 'B'), row(2, 'A')], field, groupsOf(field, counts, new Set()), false);
  expect(lines.flatMap((line) => (line.row ? [line.at] : []))).toEqual([0, 1]);
});

test('what is shut is left out of what is asked, and the filter keeps its meaning', () => {
  expect(without(field, ['A', null], 'x == 1 || y == 2')).toBe('(x == 1 || y == 2) && grade != "A" && grade != null');
  expect(without({ ...field, key: 'owner' }, [3], '')).toBe('owner != 3');
  expect(without(field, [], 'x == 1')).toBe('x == 1');
});

test('a list is grouped by what many records share, never by what is many in one', () => {
  expect([field, { ...field, kind: 'link', many: true }, { ...field, kind: 'text' }].map((one) => isGrouping(one as Field))).toEqual([true, false, false]);
});

test('which groups are shut goes into the address and comes back; nonsense shuts none', () => {
  const shut = new Set(['"A"', 'null', '7', '"县域,初中(含)"']);
  expect(shutIn(shutText(shut))).toEqual(shut);
  expect(shutText(new Set())).toBe('');
  for (const text of ['', 'A', '{"a":1}', '[', '7']) expect(shutIn(text).size).toBe(0);
  expect(shutIn('[["a"],{"b":1},"c"]')).toEqual(new Set(['"c"']));
});
