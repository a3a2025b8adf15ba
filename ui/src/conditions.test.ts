import { describe, expect, it, vi } from 'vitest';

import type { FieldView } from './api/views';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { conditionOf, isWhole, piecesOf, placesOf, sampled, written } = await import('./conditions');

const field = (name: string, of: string, unit = 'plain'): FieldView => ({ name, of, unit, said: { zh: name, en: name } });
const FIELDS = [
  field('client.hesitates', 'bool'),
  field('client.hesitations', 'int'),
  field('client.reserve', 'double', 'share'),
  field('rep.held_s', 'int', 'seconds'),
  field('rep.pace', 'double', 'times'),
  field('client.stage', 'text'),
  field('call.agenda', 'texts'),
];

describe('a condition that is picked', () => {
  it.each([
    "client.hesitates && client.stage == '报价' && '价格' in call.agenda",
    "client.reserve >= 0.25 || rep.held_s > 90",
    "!client.hesitates && !('价格' in call.agenda) && size(call.agenda) > 0",
    "rep.pace >= 1.09 && client.hesitations != 3",
    "client.stage != 'it\\'s'",
    "client.hesitates && (client.stage == '报价' || client.stage == '谈判')",
    'client.hesitates || client.stage == \'a\' && rep.held_s > 1',
  ])('reads back as it was written: %s', (text) => {
    const read = conditionOf(FIELDS, text);
    expect(written(FIELDS, read)).toBe(text);
    expect(conditionOf(FIELDS, written(FIELDS, read))).toEqual(read);
  });

  it('has shares in percent and clauses in words', () => {
    expect(conditionOf(FIELDS, "client.reserve >= 0.25 && client.stage == '报价'")).toEqual({
      any: false,
      picked: [
        { field: 'client.reserve', comparison: 'least', value: '25' },
        { field: 'client.stage', comparison: 'is', value: '报价' },
      ],
    });
  });

  it('keeps what cannot be picked as text', () => {
    const { any, picked } = conditionOf(FIELDS, "client.hesitates && size(client.stage) < 4 && client.stage >= 'x'");
    expect(any).toBe(false);
    expect(picked.map(({ field }) => field)).toEqual(['client.hesitates', '', '']);
    expect(conditionOf(FIELDS, "client.hesitates || client.stage == 'a' && rep.held_s > 1").picked).toHaveLength(1);
  });

  it('leaves out what is not said yet, and refuses letters for numbers', () => {
    const picked = [
      { field: 'client.reserve', comparison: 'least', value: '' },
      { field: 'rep.held_s', comparison: 'over', value: 'x' },
      { field: 'client.hesitates', comparison: 'yes', value: '' },
    ] as const;
    expect(picked.map((one) => isWhole(FIELDS, one))).toEqual([false, false, true]);
    expect(written(FIELDS, { any: false, picked: [...picked] })).toBe('client.hesitates');
  });
});

describe('places in a text', () => {
  it('are told by what they stand for', () => {
    const pieces = piecesOf('可能与{call.agenda}有关{x:%}', FIELDS).map(({ text, place }) => (place === undefined ? text : typeof place === 'string' ? place : place.en));
    expect(pieces).toEqual(['可能与', 'call.agenda', '有关', '…']);
  });

  it('show a value as it may be', () => {
    const places = placesOf(FIELDS, { text: '报价', texts: '价格、交期' });
    expect(places.map(({ text }) => text)).toEqual(['{client.hesitations}', '{client.reserve:%}', '{rep.held_s}', '{rep.pace:+%}', '{client.stage}', '{call.agenda}']);
    expect(sampled('已连续讲 {rep.held_s} 秒，{call.agenda}，{client.reserve:%}%，{nothing}', places)).toBe('已连续讲 95 秒，价格、交期，31%，{nothing}');
  });
});
