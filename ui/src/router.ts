// The address after `#` ⇄ the page it names. What is chosen on a page stands behind a `?` there (address.svelte.ts).
import { type PageName, pageOf, PAGES, type Route } from './pages';

export type { PageName, Route };

type Parts = Record<string, string>;

export function parse(hash: string): Route {
  const path = hash.replace(/^#?\/*/, '').replace(/[?#].*$/, '');
  const given = path.split('/').filter(Boolean);
  for (const page of Object.keys(PAGES) as PageName[]) {
    const parts = page === 'nowhere' ? undefined : match(page, given);
    if (parts !== undefined) return { page, ...parts } as Route;
  }
  return { page: 'nowhere' };
}

function match(page: PageName, given: string[]): Parts | undefined {
  const wanted = PAGES[page].path.split('/').filter(Boolean);
  if (given.length > wanted.length) return undefined;
  const parts: Parts = {};
  for (const [at, want] of wanted.entries()) {
    const [, name, optional] = /^:(\w+)(\??)$/.exec(want) ?? [];
    const have = given[at];
    if (name === undefined) {
      if (have !== want) return undefined;
    } else if (have !== undefined) {
      if (pageOf(page).parts?.[name]?.test(have) !== true) return undefined;
      parts[name] = have;
    } else {
      if (optional !== '?') return undefined;
      parts[name] = '';
    }
  }
  return parts;
}

/** `query`: what is chosen there; what is empty is left out. */
export function href(route: Route, query: Record<string, string> = {}): string {
  if (route.page === 'nowhere') return '#/';
  const parts: Parts = route;
  const path = PAGES[route.page].path.split('/').map((want) => {
    const name = /^:(\w+)/.exec(want)?.[1];
    return name === undefined ? want : (parts[name] ?? '');
  });
  return `#/${path.filter(Boolean).join('/')}${asQuery(query)}`;
}

export function asQuery(query: Record<string, string>): string {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  return given.size === 0 ? '' : `?${given}`;
}

export const queryOf = (hash: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(/\?([^#]*)$/.exec(hash)?.[1] ?? ''));

export const go = (route: Route, query: Record<string, string> = {}): void => location.assign(href(route, query));

/** Takes the place of the page in the history, so that "back" does not lead to it. */
export const goInstead = (route: Route, query: Record<string, string> = {}): void => location.replace(href(route, query));

/** Calls `changed` now and whenever the address changes; returns how to stop. */
export function watch(changed: (route: Route) => void): () => void {
  const read = () => changed(parse(location.hash));
  addEventListener('hashchange', read);
  read();
  return () => removeEventListener('hashchange', read);
}

/** Whether the address is still this one: whoever waited for something asks before leading elsewhere. */
export function isAt(route: Route): boolean {
  const now = parse(location.hash);
  return now.page === route.page && href(now) === href(route);
}

/** To an address that was remembered, if it is one of ours. */
export const goBack = (hash: string): void =>
  parse(hash).page === 'nowhere' ? goInstead({ page: 'nowhere' }) : location.replace(hash);
