import { describe, expect, it } from 'vitest';

import { decode, nameOf, onlyLines, parse } from './table';

describe('a table', () => {
  it('knows on which line each row begins', () => {
    const table = parse('名称,备注\r\n甲,"一\n二"\r\n\r\n乙,"他说""好"""\n丙,');
    expect(table.head).toEqual(['名称', '备注']);
    expect(table.rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, '甲', '一\n二'],
      [5, '乙', '他说"好"'],
      [6, '丙', ''],
    ]);
    expect(table.rows.map((row) => nameOf(table, row))).toEqual(['甲', '乙', '丙']);
  });

  it('reads both encodings and nothing else', () => {
    const older = new Uint8Array([0xc3, 0xfb, 0xb3, 0xc6]);
    expect(decode(older)).toBe('名称');
    expect(decode(new TextEncoder().encode('\ufeff名称'))).toBe('名称');
    expect(decode(new Uint8Array([0xff, 0xff, 0xff]))).toBeUndefined();
  });

  it('gives back the rows that need mending as they were', () => {
    const table = parse('name,grade\nA,"X,1"\nB,B\n');
    expect(onlyLines(table, new Set([2]))).toBe('\ufeffname,grade\r\nA,"X,1"\r\n');
    expect(parse('').rows).toEqual([]);
  });
});
