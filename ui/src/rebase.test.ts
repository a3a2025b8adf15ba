import { describe, expect, it } from 'vitest';

import { changed, rebase } from './rebase';

const seen = { name: 'Li Na', role: 'rep', team: 1 };

describe('editing what somebody else changed', () => {
  it('keeps what was typed and takes the rest as it is now', () => {
    const rebased = rebase(seen, { ...seen, name: 'Li Nana' }, { ...seen, role: 'manager' });
    expect(rebased).toEqual({ draft: { name: 'Li Nana', role: 'manager', team: 1 }, both: [] });
  });

  it('says which fields both changed, unless both did the same', () => {
    const draft = { name: 'Li', role: 'manager', team: 1 };
    const rebased = rebase(seen, draft, { name: 'Lili', role: 'manager', team: 2 });
    expect(rebased).toEqual({ draft: { name: 'Li', role: 'manager', team: 2 }, both: ['name'] });
  });
});

it('only what was changed is sent', () => {
  expect(changed(seen, { ...seen, team: 0 })).toEqual({ team: 0 });
  expect(changed(seen, { ...seen })).toEqual({});
});
