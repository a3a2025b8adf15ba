// Where somebody can go: only what their role may see.
import type { IconName } from './kit/Icon.svelte';
import type { Route } from './router';
import type { Deed } from './session.svelte';
import type { Key } from './words/index.svelte';

export interface Place {
  route: Route;
  icon: IconName;
  name: Key;
  text: Key;
  needs: Deed;
}

const PLACES: Place[] = [
  { route: { page: 'people' }, icon: 'people', name: 'place.people', text: 'place.people.text', needs: 'read accounts' },
  { route: { page: 'audit' }, icon: 'list', name: 'place.audit', text: 'place.audit.text', needs: 'read the audit log' },
];

export const places = (may: (deed: Deed) => boolean): Place[] => PLACES.filter(({ needs }) => may(needs));
