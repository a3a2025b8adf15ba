import { describe, expect, it } from 'vitest';

import { matching } from './found';

const all = ['客户', '新建客户档案', 'New client', 'Clients', 'Visits'].map((title) => ({ id: title, title, text: 'page', href: '' }));
const titles = (typed: string) => matching(all, typed).map(({ title }) => title);

describe('pages and deeds', () => {
  it('are found by any part of their words, the ones that begin with it first', () => {
    expect(titles('客户')).toEqual(['客户', '新建客户档案']);
    expect(titles('CLIENT')).toEqual(['Clients', 'New client']);
  });

  it('are found by several parts in any order, full-width or not', () => {
    expect(titles('client new')).toEqual(['New client']);
    expect(titles('ｎｅｗ')).toEqual(['New client']);
    expect(titles('nothing')).toEqual([]);
  });
});
