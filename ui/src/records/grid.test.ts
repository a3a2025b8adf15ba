import { describe, expect, it } from 'vitest';

import { blockOf, pasted, placed, step } from './grid';
import type { Field, Row } from './shapes';

const fields: Field[] = ['a', 'b', 'c'].map((key) => ({ key, kind: key === 'b' ? 'whole' : 'text', label: { zh: key, en: key } }));
const rows: Row[] = [1, 2, 3].map((id) => ({ id, uid: String(id), version: 1, values: {} }));
const read = (field: Field, text: string) => (field.kind === 'whole' && !/^\d*$/.test(text) ? undefined : { value: text });
const put = (cells: string[][], top: number, left: number, bottom = top, right = left) =>
  pasted(cells, { top, left, bottom, right }, rows, fields, ({ key }) => key !== 'c', read);

describe('a paste', () => {
  it('begins at the first marked cell and leaves out what may not be written', () => {
    expect(put([['x', '1', 'no'], ['y', '2', 'no']], 1, 0)).toEqual({
      changes: [{ id: 2, values: { a: 'x', b: '1' } }, { id: 3, values: { a: 'y', b: '2' } }],
      creates: [],
      wrong: [],
    });
  });

  it('fills everything that is marked with one cell', () => {
    expect(put([['7']], 0, 0, 2, 1).changes).toEqual([1, 2, 3].map((id) => ({ id, values: { a: '7', b: '7' } })));
  });

  it('makes records of the lines behind the last row', () => {
    const found = put([['x'], ['y'], ['z']], 2, 0);
    expect(found.changes).toEqual([{ id: 3, values: { a: 'x' } }]);
    expect(found.creates).toEqual([{ a: 'y' }, { a: 'z' }]);
  });

  it('says which cells are no value and puts the others', () => {
    const found = put([['x', 'many']], 0, 0);
    expect(found.changes).toEqual([{ id: 1, values: { a: 'x' } }]);
    expect(found.wrong).toEqual([{ row: 0, column: 1, text: 'many' }]);
  });

  it('ends at the last column', () => {
    expect(put([['1', '2', '3']], 0, 1).changes).toEqual([{ id: 1, values: { b: '1' } }]);
  });
});

describe('a key', () => {
  it('never leads out of the table', () => {
    const keys = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'];
    for (const key of keys) {
      for (const far of [true, false]) {
        for (const row of [0, 2]) {
          for (const column of [0, 2]) {
            const to = step({ row, column }, key, far, 3, 3, 10);
            expect(to, key).toBeDefined();
            expect([0, 1, 2]).toContain(to?.row);
            expect([0, 1, 2]).toContain(to?.column);
          }
        }
      }
    }
  });

  it('leads nowhere when it is a letter', () => expect(step({ row: 0, column: 0 }, 'a', false, 3, 3, 10)).toBeUndefined());

  it('marks the block between two cells, whichever came first', () => {
    expect(blockOf({ row: 2, column: 0 }, { row: 1, column: 2 })).toEqual({ top: 1, bottom: 2, left: 0, right: 2 });
  });
});

describe('a column that is moved', () => {
  const keys = ['a', 'b', 'c', 'd'];

  it('stands before the one it was dropped on, wherever it came from', () => {
    expect([placed(keys, 'a', 3), placed(keys, 'd', 1), placed(keys, 'b', 4), placed(keys, 'c', 0)].map((one) => one.join(''))).toEqual(['bcad', 'adbc', 'acdb', 'cabd']);
  });

  it('stays where it is when it is dropped on its own edges', () => {
    expect([placed(keys, 'b', 1), placed(keys, 'b', 2)]).toEqual([keys, keys]);
  });
});
