import { describe, expect, it } from 'vitest';

import { parse } from './table';

describe('a table', () => {
  it('knows on which line each row begins', () => {
    const table = parse('名称,备注\r\n甲,"一\n二"\r\n\r\n乙,"他说""好"""\n丙,');
    expect(table.head).toEqual(['名称', '备注']);
    expect(table.rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, '甲', '一\n二'],
      [5, '乙', '他说"好"'],
      [6, '丙', ''],
    ]);
  });

  it('has no rows where there is nothing', () => {
    expect(parse('').rows).toEqual([]);
  });
});
