import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh', setItem: () => {} });
const { faults, isErased, sent, typed } = await import('./clients');
const { changed } = await import('./rebase');

const CLIENT = {
  id: 7,
  name: '华东医药',
  aliases: ['华东', '东药'],
  grade: 'A',
  stage: '报价',
  industry: null,
  owner: 3,
  team: null,
  contacts: [{ name: '王强', title: null, phone: '0571' }],
  analyse: true,
  anchor: { lat: 30.25, lon: 120.2, datum: 'gcj02' },
  version: 2,
};

describe('a card in a form', () => {
  it('sends only what was changed, and nothing when nothing was', () => {
    const seen = typed(CLIENT, 1);
    expect(sent(changed(seen, { ...seen }), seen)).toEqual({});
    const draft = { ...seen, stage: ' 试用 ', aliases: '华东、东药；', grade: '' };
    expect(sent(changed(seen, draft), draft)).toEqual({ stage: '试用', grade: '', aliases: ['华东', '东药'] });
  });

  it('sends a place whole, whichever part of it was changed', () => {
    const seen = typed(CLIENT, 1);
    const draft = { ...seen, lat: '30.3' };
    expect(sent(changed(seen, draft), draft)).toEqual({ anchor: { lat: 30.3, lon: 120.2, datum: 'gcj02' } });
  });

  it('leaves empty contacts out and keeps the others whole', () => {
    const seen = typed(CLIENT, 1);
    const draft = { ...seen, contacts: [...seen.contacts, { name: '', title: '', phone: '' }, { name: ' 林悦 ', title: '药剂科', phone: '' }] };
    expect(sent(changed(seen, draft), draft).contacts).toEqual([
      { name: '王强', title: null, phone: '0571' },
      { name: '林悦', title: '药剂科', phone: null },
    ]);
  });

  it('says what does not fit and where', () => {
    const draft = { ...typed(undefined, 1), contacts: [{ name: '', title: '主任', phone: 'call me' }], lat: '91', lon: '' };
    expect([...faults(draft)].sort()).toEqual(['contact 0', 'name', 'phone 0', 'place']);
    expect(faults(typed(CLIENT, 1)).size).toBe(0);
  });
});

it('an erased client is known by its number', () => {
  expect(isErased({ name: 'erased 12' })).toBe(true);
  expect(isErased({ name: 'erased' })).toBe(false);
});
