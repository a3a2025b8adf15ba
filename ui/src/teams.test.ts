import { expect, it } from 'vitest';

import type { PersonView } from './api/views';
import { byTeam } from './teams';

const person = (id: number, name: string, role: string, team: number | null, active = true): PersonView => ({
  id,
  login: `p${id}`,
  name,
  role,
  team,
  active,
  ready: true,
  version: 1,
});
const teams = [
  { id: 1, name: '宁波', version: 1 },
  { id: 2, name: '杭州', version: 1 },
];

it('people stand by team, managers first, those without a team last, who has left nowhere', () => {
  const people = [
    person(1, '王力', 'admin', null),
    person(2, '张伟', 'rep', 2),
    person(3, '李娜', 'manager', 2),
    person(4, '陈晨', 'rep', 2),
    person(5, '赵敏', 'rep', 2, false),
  ];
  const names = (empty: boolean) =>
    byTeam(people, teams, 'zh-CN', empty).map(({ team, members }) => [team?.name, members.map(({ name }) => name)]);
  expect(names(false)).toEqual([
    ['杭州', ['李娜', '陈晨', '张伟']],
    [undefined, ['王力']],
  ]);
  expect(names(true)[1]).toEqual(['宁波', []]);
});
