import { expect, it } from 'vitest';

import { changes } from './changes';

it('a change names the fields that differ', () => {
  const before = { name: '李娜', role: 'rep', team: null, tags: ['a'] };
  const after = { name: '李娜', role: 'manager', team: 2, tags: ['a'] };
  expect(changes(before, after)).toEqual([
    { field: 'role', before: 'rep', after: 'manager' },
    { field: 'team', before: null, after: 2 },
  ]);
});

it('what was made or deleted names all that it holds', () => {
  expect(changes(null, { name: '北区', note: null })).toEqual([{ field: 'name', before: null, after: '北区' }]);
  expect(changes({ name: '北区' }, undefined)).toEqual([{ field: 'name', before: '北区', after: null }]);
  expect(changes(null, null)).toEqual([]);
});
