import { describe, expect, it } from 'vitest';

import { homeOf, isIn, type PageName, pageOf, PAGES, places } from './pages';
import { href, parse, queryOf } from './router';

const NAMES = Object.keys(PAGES) as PageName[];
const everything = () => 'all' as const;

describe('the table of pages', () => {
  it('has no two pages at one address', () => {
    const paths = NAMES.map((name) => PAGES[name].path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('says what every part of an address looks like', () => {
    for (const name of NAMES) {
      const parts = [...PAGES[name].path.matchAll(/:(\w+)/g)].map(([, part]) => part);
      expect(Object.keys(pageOf(name).parts ?? {}), name).toEqual(parts);
    }
  });

  it('names only pages that there are', () => {
    for (const name of NAMES) for (const within of pageOf(name).within?.split(' ') ?? []) expect(NAMES, name).toContain(within);
  });

  it('gives each role one beginning, and this machine’s own user the first page', () => {
    expect(['rep', 'manager', 'admin', 'assistant'].map(homeOf)).toEqual(['today', 'team', 'setup', 'todo']);
    expect([homeOf('local'), homeOf('nobody'), homeOf(undefined)]).toEqual(['start', 'start', 'start']);
    const homes = NAMES.flatMap((name) => pageOf(name).place?.home ?? []);
    expect(new Set(homes).size).toBe(homes.length);
  });
});

describe('where somebody can go', () => {
  it('is nowhere without deeds', () => {
    expect(places(() => undefined)).toEqual([]);
  });

  it('leaves out what is about others for who reaches only the own', () => {
    const names = places(() => 'own').map(({ page }) => page);
    expect(names).not.toContain('team');
    expect(names).toContain('today');
    expect(places(everything).map(({ page }) => page)).toContain('team');
  });

  it('has a page of a place in that place', () => {
    expect([isIn('calls', 'summary'), isIn('board', 'rules'), isIn('effect', 'rules'), isIn('clients', 'calls')]).toEqual([true, true, true, false]);
  });
});

describe('what is chosen', () => {
  it('stands in the address and is read back', () => {
    const query = { q: '重庆 & 银行?#', grade: 'A' };
    const hash = href({ page: 'clients' }, query);
    expect(queryOf(hash)).toEqual(query);
    expect(parse(hash)).toEqual({ page: 'clients' });
  });

  it('leaves nothing behind when it is empty', () => {
    expect(href({ page: 'clients' }, { q: '', grade: '' })).toBe('#/clients');
    expect(queryOf('#/clients')).toEqual({});
  });
});
