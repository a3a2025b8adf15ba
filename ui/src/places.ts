// Where somebody can go: only what their role may see.
import type { IconName } from './kit/Icon.svelte';
import type { Route } from './router';
import type { Deed } from './session.svelte';
import type { ShellKey } from './words/index.svelte';

export interface Place {
  route: Route;
  icon: IconName;
  name: ShellKey;
  text: ShellKey;
  needs: Deed;
  /** Where one may and has no reason to: admins could be located, and visit nobody. */
  also?: Deed;
  /** Who may do this has it in another place. */
  unless?: Deed;
  /** It is about others: who reaches only what is one's own has no use for it. */
  others?: boolean;
  /** The daily work stands in front; what keeps the house stands behind the own name. */
  daily: boolean;
  /** The other pages of this place. */
  within?: Route['page'][];
}

const PLACES: Place[] = [
  { route: { page: 'today' }, icon: 'pin', name: 'place.today', text: 'place.today.text', needs: 'report positions', also: 'read calls', daily: true, within: ['brief'] },
  { route: { page: 'visits' }, icon: 'map', name: 'place.visits', text: 'place.visits.text', needs: 'read visits', others: true, daily: true },
  { route: { page: 'calls' }, icon: 'wave', name: 'place.calls', text: 'place.calls.text', needs: 'read calls', daily: true, within: ['summary'] },
  { route: { page: 'clients' }, icon: 'building', name: 'place.clients', text: 'place.clients.text', needs: 'read clients', daily: true, within: ['client', 'import'] },
  { route: { page: 'board' }, icon: 'chart', name: 'place.board', text: 'place.board.text', needs: 'read the board', daily: true, within: ['effect', 'rules', 'coaching'] },
  { route: { page: 'effect' }, icon: 'chart', name: 'place.effect', text: 'place.effect.text', needs: 'read studies', unless: 'read the board', daily: true, within: ['rules', 'coaching'] },
  { route: { page: 'todo' }, icon: 'check', name: 'place.todo', text: 'place.todo.text', needs: 'read actions', unless: 'report positions', daily: true },
  { route: { page: 'playbook' }, icon: 'spark', name: 'place.playbook', text: 'place.playbook.text', needs: 'read settings', daily: false },
  { route: { page: 'location' }, icon: 'device', name: 'place.location', text: 'place.location.text', needs: 'report positions', also: 'read calls', daily: false },
  { route: { page: 'people' }, icon: 'people', name: 'place.people', text: 'place.people.text', needs: 'read accounts', daily: false },
  { route: { page: 'audit' }, icon: 'list', name: 'place.audit', text: 'place.audit.text', needs: 'read the audit log', daily: false },
  { route: { page: 'settings', id: '' }, icon: 'sliders', name: 'place.settings', text: 'place.settings.text', needs: 'sign in', daily: false },
];

type Reach = 'own' | 'team' | 'all' | undefined;

/** `reach` says how far somebody reaches for a deed. */
export const places = (reach: (deed: Deed) => Reach): Place[] =>
  PLACES.filter(({ needs, also = needs, unless, others }) => {
    const far = reach(needs);
    if (unless !== undefined && reach(unless) !== undefined) return false;
    return far !== undefined && reach(also) !== undefined && !(others && far === 'own');
  });

/** Whether a page is this place, or one of its pages. */
export const isIn = ({ route, within }: Place, page: Route['page']): boolean =>
  route.page === page || (within?.includes(page) ?? false);
