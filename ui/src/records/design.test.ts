import { describe, expect, it, vi } from 'vitest';

import { branches, changesOf, dimsOf, dimsText, type Draft, draftOf, type DrawnOption, keyFrom, levelled, optionsOf } from './design';

vi.hoisted(() => vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} }));

const table: Draft = draftOf({
  label: { zh: '线索', en: 'leads' },
  fields: [
    { key: 'title', kind: 'text', label: '标题', required: true },
    { key: 'status', kind: 'choice', label: '状态', options: [{ key: '新建' }, { key: '已报价', dims: { closed: 'no' } }] },
    { key: 'amount', kind: 'money', label: '金额' },
  ],
  access: { rep: { read: 'own', change: 'own' } },
});
const changed = (change: (draft: Draft) => void) => {
  const draft = structuredClone(table);
  change(draft);
  return changesOf(table, draft);
};

describe('what publishing would change', () => {
  it('is nothing when nothing is other than it was', () => expect(changed(() => {})).toEqual([]));

  it.each<[string, (draft: Draft) => void, unknown]>([
    ['a new field', (draft) => draft.fields.push({ key: 'x', kind: 'text' }), { what: 'added', field: 'x' }],
    ['a field taken away', (draft) => draft.fields.pop(), { what: 'removed', field: 'amount' }],
    ['another name', (draft) => (draft.fields[2]!.label = '预计金额'), { what: 'relabelled', field: 'amount' }],
    ['a field that is needed', (draft) => (draft.fields[2]!.required = true), { what: 'required', field: 'amount' }],
    ['a field that is not needed', (draft) => delete draft.fields[0]!.required, { what: 'optional', field: 'title' }],
    ['a new option', (draft) => draft.fields[1]!.options!.push({ key: '已成交' }), { what: 'option.added', field: 'status', option: '已成交' }],
    ['an option taken away', (draft) => draft.fields[1]!.options!.shift(), { what: 'option.removed', field: 'status', option: '新建' }],
    ['other tags of an option', (draft) => (draft.fields[1]!.options![1]!.dims = {}), { what: 'option.changed', field: 'status', option: '已报价' }],
    ['options in another order', (draft) => draft.fields[1]!.options!.reverse(), { what: 'changed', field: 'status' }],
    ['fields in another order', (draft) => draft.fields.reverse(), { what: 'order' }],
    ['other rights', (draft) => (draft.access['rep']!.read = 'team'), { what: 'access' }],
    ['another name of the table', (draft) => (draft.label = '销售线索'), { what: 'label' }],
  ])('is said once: %s', (_, change, want) => expect(changed(change)).toEqual([want]));
});

describe('a key', () => {
  it('is made of what it is called and never taken twice', () => {
    expect(keyFrom('Credit limit (¥)', [], 'field')).toBe('credit_limit');
    expect(keyFrom('Credit limit', ['credit_limit'], 'field')).toBe('credit_limit_2');
    expect(keyFrom('预计金额', ['field'], 'field')).toBe('field_2');
    expect(keyFrom('4S店', [], 'field')).toMatch(/^[a-z][a-z0-9_]*$/);
  });
});

describe('options', () => {
  it('stand behind the one above them, and none is lost', () => {
    const options = [{ key: '教育' }, { key: '电池', parent: '汽车' }, { key: '汽车', parent: '制造业' }, { key: '制造业' }, { key: '走失', parent: '没有' }];
    expect(branches(options).map(({ option, depth }) => [option.key, depth])).toEqual([['教育', 0], ['制造业', 0], ['汽车', 1], ['电池', 2], ['走失', 0]]);
  });

  it('carry tags that are typed as a list', () => {
    expect(dimsOf('region=县域， stage：K12;没有值=')).toEqual({ region: '县域', stage: 'K12' });
    expect(dimsOf(dimsText({ region: '县域', level: '初中' }))).toEqual({ region: '县域', level: '初中' });
  });
});

describe('options', () => {
  const tree = (options: DrawnOption[]) => branches(options).map(({ option, depth }) => `${'-'.repeat(depth)}${option.key}`);

  it('come from a column, from paths and from indented lines, each once', () => {
    expect(optionsOf('A\nB\tC\n\nA', false, '', []).map(({ key }) => key)).toEqual(['A', 'B', 'C']);
    expect(optionsOf('净30天/月结', false, '', []).map(({ key }) => key)).toEqual(['净30天/月结']);
    expect(tree(optionsOf('制造业→汽车→新能源电池\n制造业 / 机床\n教育', true, '', []))).toEqual(['制造业', '-汽车', '--新能源电池', '-机床', '教育']);
    expect(tree(optionsOf('医疗\n  医院\n    放射科\n  诊所\n教育', true, '', []))).toEqual(['医疗', '-医院', '--放射科', '-诊所', '教育']);
  });

  it('hang under what was chosen, and what is there is not made twice', () => {
    const old: DrawnOption[] = [{ key: '教育' }, { key: '教育局', parent: '教育' }];
    expect(optionsOf('教育局\n学校', true, '教育', old)).toEqual([{ key: '学校', parent: '教育' }]);
  });

  it('go one level deeper under the one above them, and up again, and nowhere else', () => {
    const old: DrawnOption[] = [{ key: 'a' }, { key: 'b' }, { key: 'c', parent: 'b' }, { key: 'd' }];
    const deeper = levelled(old, 'd', 'in');
    expect(deeper && tree(deeper)).toEqual(['a', 'b', '-c', '-d']);
    expect(deeper && tree(levelled(deeper, 'd', 'out') ?? [])).toEqual(['a', 'b', '-c', 'd']);
    expect([levelled(old, 'a', 'in'), levelled(old, 'a', 'out'), levelled(old, 'c', 'in'), levelled(old, 'x', 'in')]).toEqual([undefined, undefined, undefined, undefined]);
  });
});
