// People in the order in which they are looked for: team by team, those without one last.
import type { PersonView, TeamView } from './api/views';

export interface Group {
  /** Nobody's team when left out. */
  team?: TeamView | undefined;
  members: PersonView[];
}

/** Managers before their team. */
const LEADS = ['manager', 'admin'];

/** `empty`: teams without anybody are shown, too. */
export function byTeam(people: PersonView[], teams: TeamView[], locale: string, empty: boolean): Group[] {
  const order = new Intl.Collator(locale);
  const here = people.filter((person) => person.active);
  const lead = (person: PersonView) => (LEADS.includes(person.role) ? 0 : 1);
  const members = (team: number | undefined) =>
    here
      .filter((person) => (person.team ?? undefined) === team)
      .sort((one, other) => lead(one) - lead(other) || order.compare(one.name, other.name));
  const groups: Group[] = [...teams]
    .sort((one, other) => order.compare(one.name, other.name))
    .map((team) => ({ team, members: members(team.id) }));
  const rest = members(undefined);
  return [...groups, { members: rest }].filter(
    (group) => group.members.length > 0 || (empty && group.team !== undefined),
  );
}
