import { describe, expect, it } from 'vitest';

import { badRows, mendedCsv } from './mend';

const fault = (line: number, column: string | null, message: string) => ({ line, column, message, field: 'f', value: '', code: 'bad_value' });

describe('rows that were not taken', () => {
  const csv = '\ufeff客户名称,电话,未导入的原因\r\n"甲, 乙",1.38E+10,电话读不懂\r\n,123,缺名称\r\n';
  const found = badRows(csv, [fault(4, '电话', '电话读不懂'), fault(9, '客户名称', '必填'), fault(9, null, '整行')]);

  it('know their line in the file and what is wrong by column', () => {
    expect(found.columns).toEqual(['客户名称', '电话']);
    expect(found.rows.map(({ line, faults }) => [line, faults])).toEqual([
      [4, { 电话: '电话读不懂' }],
      [9, { 客户名称: '必填', '': '整行' }],
    ]);
  });

  it('go out again as they were mended, without the reasons', () => {
    const [first, second] = found.rows;
    const mended = { ...found, rows: [{ ...first!, cells: ['甲, 乙', '13800138000'] }, second!] };
    expect(mendedCsv(mended)).toBe('\ufeff客户名称,电话\r\n"甲, 乙",13800138000\r\n,123\r\n');
  });

  it('say the whole reason where faults are no longer told one by one', () => {
    expect(badRows(csv, [fault(4, '电话', '电话读不懂')]).rows[1]?.faults).toEqual({ '': '缺名称' });
  });
});
