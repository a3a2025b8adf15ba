import { describe, expect, it } from 'vitest';

import type { PersonView } from './api/views';
import { type Found, steps } from './setup';

const person = (part: Partial<PersonView>): PersonView => ({ active: true, id: 1, login: 'a', name: 'A', ready: true, role: 'rep', team: 1, version: 1, ...part }) as PersonView;
const nothing: Found = { teams: [], people: [person({ role: 'admin', team: null })], clients: 0, sites: 0, text: 1, guarded: true, streets: false, hooks: 0 };
const open = (found: Found) => steps(found).filter(({ done, needed }) => needed && !done).map(({ name }) => name);

describe('the set-up', () => {
  it('begins with teams, members and clients', () => {
    expect(open(nothing)).toEqual(['teams', 'people', 'clients']);
  });

  it('names who has not joined and who has no team', () => {
    const people = [...nothing.people, person({ id: 2, name: 'B', ready: false }), person({ id: 3, name: 'C', team: null }), person({ id: 4, name: 'D', active: false, ready: false, team: null })];
    const found = steps({ ...nothing, teams: [{ id: 1, name: 'T', version: 1 }], people, clients: 1 });
    expect(found.find(({ name }) => name === 'joined')).toMatchObject({ done: false, names: ['B'] });
    expect(found.find(({ name }) => name === 'placed')).toMatchObject({ done: false, names: ['C'] });
  });

  it('is over when everything needed is there, whatever is only recommended', () => {
    const people = [...nothing.people, person({ id: 2 })];
    expect(open({ ...nothing, teams: [{ id: 1, name: 'T', version: 1 }], people, clients: 3 })).toEqual([]);
    expect(open({ ...nothing, guarded: false })).toContain('guard');
  });
});
