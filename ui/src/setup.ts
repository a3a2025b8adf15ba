// What an appliance needs before a team can work with it, from what it has.
import type { PersonView, TeamView } from './api/views';
import type { Route } from './pages';

export const STEPS = ['teams', 'people', 'joined', 'placed', 'clients', 'sites', 'texts', 'guard', 'map', 'hooks'] as const;
export type StepName = (typeof STEPS)[number];

export interface Step {
  name: StepName;
  done: boolean;
  /** Without it the others make no sense; what is not needed is only recommended. */
  needed: boolean;
  /** What it counts, and whose names say what is missing. */
  n: number;
  names: string[];
  route: Route;
}

export interface Found {
  teams: TeamView[];
  people: PersonView[];
  clients: number;
  sites: number;
  /** The version of the notice text in force; 1 came with the appliance. */
  text: number;
  guarded: boolean;
  /** The map has streets. */
  streets: boolean;
  hooks: number;
}

export function steps({ teams, people, clients, sites, text, guarded, streets, hooks }: Found): Step[] {
  const active = people.filter(({ active, role }) => active && role !== 'device');
  const waiting = active.filter(({ ready }) => !ready);
  const loose = active.filter(({ role, team }) => (role === 'rep' || role === 'manager') && team == null);
  const step = (name: StepName, done: boolean, needed: boolean, route: Route, n = 0, of: PersonView[] = []): Step => ({
    name,
    done,
    needed,
    n,
    names: of.map((person) => person.name),
    route,
  });
  return [
    step('teams', teams.length > 0, true, { page: 'people' }, teams.length),
    step('people', active.length > 1, true, { page: 'people' }, active.length),
    ...(active.length > 1
      ? [
          step('joined', waiting.length === 0, true, { page: 'people' }, waiting.length, waiting),
          step('placed', loose.length === 0, true, { page: 'people' }, loose.length, loose),
        ]
      : []),
    step('clients', clients > 0, true, { page: 'tableImport', table: 'clients' }, clients),
    step('guard', guarded, true, { page: 'trust' }),
    step('texts', text > 1, false, { page: 'settings', id: 'texts' }, text),
    step('sites', sites > 0, false, { page: 'visits' }, sites),
    step('map', streets, false, { page: 'visits' }),
    step('hooks', hooks > 0, false, { page: 'settings', id: 'webhooks' }, hooks),
  ];
}
