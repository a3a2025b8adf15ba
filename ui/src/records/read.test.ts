import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { Field, Kind } from './shapes';

let read: typeof import('./read');

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  read = await import('./read');
});

/** Noon of Thursday, 12 February 2026. */
const NOW_MS = new Date(2026, 1, 12, 12).getTime();

const field = (kind: Kind, more: Partial<Field> = {}): Field => ({ key: 'f', kind, label: { zh: '字段', en: 'field' }, ...more });
const said = (of: Field, text: string) => {
  const found = read.readText(of, text, NOW_MS);
  return 'value' in found ? found.value : 'wrong';
};

describe('what people type', () => {
  it.each([
    ['¥186,400.00', 18_640_000],
    ['18.6万', 18_600_000],
    ['１８６，４００', 18_640_000],
    ['1.2亿元', 12_000_000_000],
    ['-3', -300],
    ['0.125', 13],
    ['18.6.2', 'wrong'],
    ['1,86', 'wrong'],
    ['一百', 'wrong'],
    ['1e400', 'wrong'],
  ])('is money: %s', (text, fen) => expect(said(field('money'), text)).toBe(fen));

  it.each([
    ['今天', '2026-02-12'],
    ['明天', '2026-02-13'],
    ['周四', '2026-02-12'],
    ['周二', '2026-02-17'],
    ['下周二', '2026-02-17'],
    ['下下周一', '2026-02-23'],
    ['本周日', '2026-02-15'],
    ['3天后', '2026-02-15'],
    ['月底', '2026-02-28'],
    ['2月18日', '2026-02-18'],
    ['1月3日', '2027-01-03'],
    ['next tuesday', '2026-02-17'],
    ['in 10 days', '2026-02-22'],
    ['2月30日', 'wrong'],
    ['3/4', 'wrong'],
    ['改天', 'wrong'],
  ])('is a day: %s', (text, day) => expect(said(field('day'), text)).toBe(day));

  it('is a deadline with or without its hour', () => {
    expect(said(field('deadline'), '下周二')).toBe('2026-02-17');
    expect(said(field('deadline'), '下周二下午3点')).toBe(new Date(2026, 1, 17, 15).getTime());
    expect(said(field('deadline'), '明天 17:30')).toBe(new Date(2026, 1, 13, 17, 30).getTime());
    expect(said(field('deadline'), '明天 25:00')).toBe('wrong');
  });

  it('is an option by its key, its label in either language or its path', () => {
    const options = [{ key: 'A', label: { zh: '甲级', en: 'first' } }, { key: 'x', label: '制造业' }, { key: 'y', label: '电池', parent: 'x' }, { key: 'z', label: '电池' }];
    expect(said(field('choice', { options }), ' a ')).toBe('A');
    expect(said(field('choice', { options }), 'First')).toBe('A');
    expect(said(field('tree', { options }), '制造业')).toBe('x');
    expect(said(field('tree', { options }), '制造业 / 电池')).toBe('wrong');
    expect(said(field('choices', { options }), '甲级、制造业')).toEqual(['A', 'x']);
    expect(said(field('choices', { options }), '甲级、丙级')).toBe('wrong');
  });

  it('is nothing when it is empty', () => {
    expect(said(field('money'), '  ')).toBe(null);
    expect(said(field('choices', { options: [] }), '')).toEqual([]);
  });
});

describe('cells on the clipboard', () => {
  it('come back as they went', () => {
    const rows = [['a', 'b\tc', ''], ['说 "好"', '两\n行', '3']];
    expect(read.cellsOf(read.cellsText(rows))).toEqual(rows);
  });

  it('are read as Excel writes them, with a line end at the end', () => {
    expect(read.cellsOf('1\t2\r\n3\t"x ""y"""\r\n')).toEqual([['1', '2'], ['3', 'x "y"']]);
  });
});
