// The address after `#` ⇄ the page it names.

export type Route =
  | { page: 'start' }
  | { page: 'browser' }
  | { page: 'appliance' }
  | { page: 'call'; id: string }
  | { page: 'summary'; id: string }
  | { page: 'trust' }
  | { page: 'kit' }
  | { page: 'nowhere' };

const CALL_ID = /^[0-9a-f]{16}$/;

export function parse(hash: string): Route {
  const path = hash.replace(/^#?\/*/, '').replace(/[?#].*$/, '');
  const [first = '', second, third, ...more] = path.split('/').filter(Boolean);
  if (first === '') return { page: 'start' };
  if (first === 'call') return more.length > 0 ? { page: 'nowhere' } : callRoute(second, third);
  if (second !== undefined) return { page: 'nowhere' };
  switch (first) {
    case 'browser':
    case 'appliance':
    case 'trust':
    case 'kit':
      return { page: first };
    default:
      return { page: 'nowhere' };
  }
}

function callRoute(id: string | undefined, view: string | undefined): Route {
  if (id === undefined || !CALL_ID.test(id)) return { page: 'nowhere' };
  if (view === undefined) return { page: 'call', id };
  return view === 'summary' ? { page: 'summary', id } : { page: 'nowhere' };
}

export function href(route: Route): string {
  switch (route.page) {
    case 'start':
    case 'nowhere':
      return '#/';
    case 'call':
      return `#/call/${route.id}`;
    case 'summary':
      return `#/call/${route.id}/summary`;
    default:
      return `#/${route.page}`;
  }
}

export const go = (route: Route): void => location.assign(href(route));

/** Takes the place of the page in the history, so that "back" does not lead to it. */
export const goInstead = (route: Route): void => location.replace(href(route));

/** Calls `changed` now and whenever the address changes; returns how to stop. */
export function watch(changed: (route: Route) => void): () => void {
  const read = () => changed(parse(location.hash));
  addEventListener('hashchange', read);
  read();
  return () => removeEventListener('hashchange', read);
}
