import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { Clause, Sentence } from './condition';
import type { Field, Kind, Table } from './shapes';

const field = (key: string, kind: Kind, more: Partial<Field> = {}): Field => ({ key, kind, label: { zh: key, en: key }, ...more });

const table: Table = {
  key: 'leads',
  label: { zh: '线索', en: 'leads' },
  access: { read: 'all', create: true, change: 'all', delete: 'all' },
  views: [],
  forms: [],
  fields: [
    field('title', 'text'),
    field('amount', 'money'),
    field('count', 'whole'),
    field('status', 'choice'),
    field('industry', 'tree'),
    field('tags', 'choices'),
    field('due', 'deadline'),
    field('owner', 'person'),
    field('client', 'link', { to: 'clients' }),
    field('analyse', 'bool'),
  ],
};

const CLAUSES: [Clause, string][] = [
  [{ field: 'title', op: 'has', value: '说 "好"' }, String.raw`title.contains("说 \"好\"")`],
  [{ field: 'title', op: 'lacks', value: 'a&&b' }, '(title == null || !title.contains("a&&b"))'],
  [{ field: 'title', op: 'empty', value: '' }, 'title == null'],
  [{ field: 'amount', op: 'at_least', value: '186400.5' }, 'amount >= 18640050'],
  [{ field: 'count', op: 'below', value: '-3' }, 'count < -3'],
  [{ field: 'status', op: 'one_of', value: '已报价\n已成交' }, 'status in ["已报价", "已成交"]'],
  [{ field: 'status', op: 'is_not', value: '已流失' }, 'status != "已流失"'],
  [{ field: 'industry', op: 'under', value: '制造业' }, 'under(industry, "制造业")'],
  [{ field: 'tags', op: 'excludes', value: '医院' }, '!("医院" in tags)'],
  [{ field: 'due', op: 'last', value: '7' }, 'within(due, "7d")'],
  [{ field: 'due', op: 'next', value: '30' }, 'within(due, "+30d")'],
  [{ field: 'due', op: 'today', value: '' }, '(due >= today() && due < today() + days(1))'],
  [{ field: 'due', op: 'past', value: '' }, 'due < today()'],
  [{ field: 'due', op: 'below', value: '2026-02-18' }, 'due < "2026-02-18"'],
  [{ field: 'owner', op: 'me', value: '' }, 'owner == me()'],
  [{ field: 'owner', op: 'is', value: '7' }, 'owner == 7'],
  [{ field: 'client', op: 'is', value: '31' }, 'client == 31'],
  [{ field: 'analyse', op: 'no', value: '' }, 'analyse != true'],
];

let condition: typeof import('./condition');

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
  condition = await import('./condition');
});

describe('a filter', () => {
  it.each(CLAUSES)('says %o as its text, and reads it again', (clause, text) => {
    const sentence: Sentence = { any: false, clauses: [clause] };
    expect(condition.textOf(table, sentence)).toBe(text);
    expect(condition.sentenceOf(table, text)).toEqual(sentence);
  });

  it('joins any two clauses either way and tells them apart again', () => {
    for (const any of [true, false]) {
      for (const [one] of CLAUSES) {
        for (const [other] of CLAUSES) {
          const sentence = { any, clauses: [one, other] };
          expect(condition.sentenceOf(table, condition.textOf(table, sentence))).toEqual(sentence);
        }
      }
    }
  });

  it('keeps what it cannot say as it was written', () => {
    for (const text of [
      '(status == "a" && due < now() - days(1)) || (status == "b" && due < now() - days(3))',
      'client.grade == "A" && amount > 500',
      'gone == 3',
      'amount == "x"',
    ]) {
      const sentence = condition.sentenceOf(table, text);
      expect(sentence.clauses.some(({ field }) => field === '')).toBe(true);
      expect(condition.textOf(table, sentence)).toBe(text);
    }
  });

  it('reads a mixture of both joins as one text', () => {
    const text = 'count < 3 && status == "a" || amount > 1';
    expect(condition.sentenceOf(table, text)).toEqual({ any: false, clauses: [{ field: '', op: 'is', value: text }] });
    const more = { any: false, clauses: [{ field: '', op: 'is' as const, value: text }, { field: 'count', op: 'is' as const, value: '1' }] };
    expect(condition.textOf(table, more)).toBe(`(${text}) && count == 1`);
  });

  it('reads single quotes as the pack writes them', () => {
    expect(condition.sentenceOf(table, "owner == me() && status != '已完成'").clauses).toEqual([
      { field: 'owner', op: 'me', value: '' },
      { field: 'status', op: 'is_not', value: '已完成' },
    ]);
  });

  it('asks nothing while a clause is unfinished', () => {
    const sentence = { any: false, clauses: [{ field: 'amount', op: 'at_least' as const, value: 'x' }, { field: 'due', op: 'last' as const, value: '0' }] };
    expect(condition.textOf(table, sentence)).toBe('');
  });
});
