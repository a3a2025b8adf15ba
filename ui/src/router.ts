// The address after `#` ⇄ the page it names.

export type Route =
  | { page: 'start' }
  | { page: 'browser' }
  | { page: 'appliance' }
  | { page: 'call'; id: string }
  | { page: 'summary'; id: string }
  | { page: 'trust' }
  | { page: 'signin' }
  | { page: 'welcome'; id: string }
  | { page: 'calls' }
  | { page: 'clients' }
  /** `new` is one that is not there yet. */
  | { page: 'client'; id: string }
  | { page: 'import' }
  /** Which part of the settings; none yet when empty. */
  | { page: 'settings'; id: string }
  | { page: 'playbook' }
  | { page: 'board' }
  | { page: 'effect' }
  | { page: 'rules' }
  | { page: 'coaching' }
  | { page: 'todo' }
  | { page: 'today' }
  /** The brief of a client. */
  | { page: 'brief'; id: string }
  | { page: 'visits' }
  | { page: 'location' }
  | { page: 'people' }
  | { page: 'audit' }
  | { page: 'kit' }
  | { page: 'nowhere' };

const CALL_ID = /^[0-9a-f]{16}$/;

const CLIENT_ID = /^([1-9]\d{0,15}|new)$/;

export const SETTINGS = ['texts', 'tokens', 'webhooks', 'data'] as const;
export type Setting = (typeof SETTINGS)[number];

const NUMBER = /^[1-9]\d{0,15}$/;

/** The end of a link to set a password. */
const SECRET = /^[\w-]{16,128}$/;

export function parse(hash: string): Route {
  const path = hash.replace(/^#?\/*/, '').replace(/[?#].*$/, '');
  const [first = '', second, third, ...more] = path.split('/').filter(Boolean);
  if (first === '') return { page: 'start' };
  if (first === 'call') return more.length > 0 ? { page: 'nowhere' } : callRoute(second, third);
  if (first === 'welcome' && third === undefined && SECRET.test(second ?? '')) return { page: 'welcome', id: second ?? '' };
  if (third !== undefined) return { page: 'nowhere' };
  if (first === 'client' && CLIENT_ID.test(second ?? '')) return { page: 'client', id: second ?? '' };
  if (first === 'settings') return settingsRoute(second);
  if (first === 'brief' && NUMBER.test(second ?? '')) return { page: 'brief', id: second ?? '' };
  if (second !== undefined) return { page: 'nowhere' };
  switch (first) {
    case 'browser':
    case 'appliance':
    case 'trust':
    case 'calls':
    case 'clients':
    case 'import':
    case 'playbook':
    case 'board':
    case 'effect':
    case 'rules':
    case 'coaching':
    case 'todo':
    case 'signin':
    case 'today':
    case 'visits':
    case 'location':
    case 'people':
    case 'audit':
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

function settingsRoute(part: string | undefined): Route {
  if (part === undefined) return { page: 'settings', id: '' };
  return SETTINGS.some((one) => one === part) ? { page: 'settings', id: part } : { page: 'nowhere' };
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
    case 'client':
      return `#/client/${route.id}`;
    case 'settings':
      return route.id === '' ? '#/settings' : `#/settings/${route.id}`;
    case 'brief':
      return `#/brief/${route.id}`;
    case 'welcome':
      return `#/welcome/${route.id}`;
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

/** To an address that was remembered, if it is one of ours. */
export const goBack = (hash: string): void => goInstead(parse(hash));
