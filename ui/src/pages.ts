// Every page there is: its address, where its code lies, who has it in front. A new page is one entry here.
import type { Component } from 'svelte';

import type { IconName } from './kit/Icon.svelte';
import type { Deed, Role } from './session.svelte';
import type { ShellKey } from './words/index.svelte';

export interface Place {
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
  group: 'daily' | 'house';
  /** Who begins here after signing in. */
  home?: readonly Role[];
}

export interface Page {
  /** Nothing is shown where it is absent. */
  load?: (() => Promise<{ default: Component<never> }>) | undefined;
  /** What the `:parts` of the path look like. */
  parts?: Record<string, RegExp>;
  /** The words of the office come with it. */
  office?: boolean;
  /** For whoever is not signed in, too. */
  open?: boolean;
  /** The thumb's place belongs to what is being done. */
  busy?: boolean;
  /** A list with what was chosen in it is one page, whatever is chosen: the name of the list. */
  one?: string;
  /** The place whose page it is. */
  within?: string;
  /** A line in the menu: only what the role may see, in the order of this table. */
  place?: Place;
}

const CALL_ID = /^[0-9a-f]{16}$/;
const NUMBER = /^[1-9]\d{0,15}$/;
/** `new` is one that is not there yet. */
const NUMBER_OR_NEW = /^([1-9]\d{0,15}|new)$/;
/** The end of a link to set a password. */
const SECRET = /^[\w-]{16,128}$/;

/** As the appliance names tables and their fields. */
const KEY = /^[a-z][a-z0-9_]{0,63}$/;

export const SETTINGS = ['texts', 'tokens', 'webhooks', 'data'] as const;
export type Setting = (typeof SETTINGS)[number];
const SETTING = new RegExp(`^(${SETTINGS.join('|')})$`);

/** `path`: what stands after `#/`; `:name` is a part, `:name?` one that may be absent. */
const page = <const Path extends string>(path: Path, more: Page): Page & { readonly path: Path } => ({ path, ...more });

export const PAGES = {
  start: page('', { load: () => import('./pages/Start.svelte') }),
  setup: page('setup', {
    load: () => import('./pages/Setup.svelte'),
    office: true,
    place: { icon: 'check', name: 'place.setup', text: 'place.setup.text', needs: 'change accounts', group: 'daily', home: ['admin'] },
  }),
  team: page('team', {
    load: () => import('./pages/Team.svelte'),
    office: true,
    place: { icon: 'people', name: 'place.team', text: 'place.team.text', needs: 'read visits', also: 'read the board', others: true, group: 'daily', home: ['manager'] },
  }),
  today: page('today', {
    load: () => import('./pages/Today.svelte'),
    office: true,
    place: { icon: 'pin', name: 'place.today', text: 'place.today.text', needs: 'report positions', also: 'read calls', group: 'daily', home: ['rep'] },
  }),
  talk: page('talk', {
    load: () => import('./pages/Start.svelte'),
    place: { icon: 'microphone', name: 'place.start', text: 'place.start.text', needs: 'hold calls', also: 'read calls', group: 'daily' },
  }),
  outbox: page('outbox', { load: () => import('./pages/Outbox.svelte'), office: true, within: 'today' }),
  brief: page('brief/:id', { load: () => import('./pages/Brief.svelte'), parts: { id: NUMBER }, office: true, within: 'today' }),
  calls: page('calls', {
    load: () => import('./pages/Calls.svelte'),
    office: true,
    place: { icon: 'wave', name: 'place.calls', text: 'place.calls.text', needs: 'read calls', group: 'daily' },
  }),
  call: page('call/:id', { load: () => import('./pages/Call.svelte'), parts: { id: CALL_ID }, busy: true }),
  summary: page('call/:id/summary', { load: () => import('./pages/Summary.svelte'), parts: { id: CALL_ID }, office: true, within: 'calls' }),
  browser: page('browser', { load: () => import('./pages/Browser.svelte'), office: true, busy: true, within: 'talk' }),
  appliance: page('appliance', { load: () => import('./pages/Appliance.svelte'), office: true, busy: true, within: 'talk' }),
  clients: page('clients', {
    load: () => import('./pages/Clients.svelte'),
    office: true,
    one: 'clients',
    place: { icon: 'building', name: 'place.clients', text: 'place.clients.text', needs: 'read clients', group: 'daily' },
  }),
  client: page('client/:id', { load: () => import('./pages/Clients.svelte'), parts: { id: NUMBER_OR_NEW }, office: true, one: 'clients', within: 'clients' }),
  visits: page('visits', {
    load: () => import('./pages/Visits.svelte'),
    place: { icon: 'map', name: 'place.visits', text: 'place.visits.text', needs: 'read visits', others: true, group: 'daily' },
  }),
  board: page('board', {
    load: () => import('./pages/Board.svelte'),
    office: true,
    place: { icon: 'chart', name: 'place.board', text: 'place.board.text', needs: 'read the board', group: 'daily' },
  }),
  effect: page('effect', {
    load: () => import('./pages/Effect.svelte'),
    office: true,
    within: 'board',
    place: { icon: 'chart', name: 'place.effect', text: 'place.effect.text', needs: 'read studies', unless: 'read the board', group: 'daily' },
  }),
  rules: page('rules', { load: () => import('./pages/Rules.svelte'), office: true, within: 'board effect' }),
  coaching: page('coaching', { load: () => import('./pages/Coaching.svelte'), office: true, within: 'board effect' }),
  todo: page('todo', {
    load: () => import('./pages/Todo.svelte'),
    office: true,
    place: { icon: 'check', name: 'place.todo', text: 'place.todo.text', needs: 'read records', unless: 'report positions', group: 'daily', home: ['assistant', 'stock', 'logistics', 'finance'] },
  }),
  tables: page('data', {
    load: () => import('./records/TableList.svelte'),
    office: true,
    place: { icon: 'list', name: 'place.tables', text: 'place.tables.text', needs: 'sign in', group: 'daily' },
  }),
  records: page('data/:table', { load: () => import('./records/RecordsPage.svelte'), parts: { table: KEY }, office: true, within: 'tables' }),
  tableImport: page('data/:table/import', { load: () => import('./records/ImportPage.svelte'), parts: { table: KEY }, office: true, within: 'tables' }),
  designer: page('design/:id?', { load: () => import('./records/DesignPage.svelte'), parts: { id: KEY }, office: true, one: 'designer', within: 'tables' }),
  record: page('data/:table/:id', { load: () => import('./records/RecordPage.svelte'), parts: { table: KEY, id: NUMBER_OR_NEW }, office: true, within: 'tables' }),
  playbook: page('playbook', {
    load: () => import('./pages/Playbook.svelte'),
    office: true,
    place: { icon: 'spark', name: 'place.playbook', text: 'place.playbook.text', needs: 'read settings', group: 'house' },
  }),
  location: page('location', {
    load: () => import('./pages/Location.svelte'),
    office: true,
    place: { icon: 'device', name: 'place.location', text: 'place.location.text', needs: 'report positions', also: 'read calls', group: 'house' },
  }),
  people: page('people', {
    load: () => import('./pages/People.svelte'),
    office: true,
    place: { icon: 'people', name: 'place.people', text: 'place.people.text', needs: 'read accounts', group: 'house' },
  }),
  audit: page('audit', {
    load: () => import('./pages/Audit.svelte'),
    office: true,
    place: { icon: 'list', name: 'place.audit', text: 'place.audit.text', needs: 'read the audit log', group: 'house' },
  }),
  settings: page('settings/:id?', {
    load: () => import('./pages/Settings.svelte'),
    parts: { id: SETTING },
    office: true,
    one: 'settings',
    place: { icon: 'sliders', name: 'place.settings', text: 'place.settings.text', needs: 'sign in', group: 'house' },
  }),
  trust: page('trust', { load: () => import('./pages/Trust.svelte'), office: true }),
  signin: page('signin', { load: () => import('./pages/SignIn.svelte'), open: true, busy: true }),
  welcome: page('welcome/:id', { load: () => import('./pages/Welcome.svelte'), parts: { id: SECRET }, open: true, busy: true }),
  kit: page('kit', { load: import.meta.env.DEV ? () => import('./pages/Kit.svelte') : undefined, office: true, open: true }),
  nowhere: page('nowhere', { open: true }),
};

export type PageName = keyof typeof PAGES;

type PartOf<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? PartOf<First> | PartOf<Rest>
  : Path extends `:${infer Name}?`
    ? Name
    : Path extends `:${infer Name}`
      ? Name
      : never;

/** A page and the parts of its address; an absent one is empty. */
export type Route = { [Name in PageName]: { page: Name } & Record<PartOf<(typeof PAGES)[Name]['path']>, string> }[PageName];

export const pageOf = (name: PageName): Page => PAGES[name];

type Reach = 'own' | 'team' | 'all' | undefined;

export interface Entrance extends Place {
  page: PageName;
}

/** Where somebody can go; `reach` says how far they reach for a deed. */
export const places = (reach: (deed: Deed) => Reach): Entrance[] =>
  (Object.keys(PAGES) as PageName[]).flatMap((page) => {
    const { place } = pageOf(page);
    if (place === undefined) return [];
    const { needs, also = needs, unless, others = false } = place;
    const far = reach(needs);
    if (unless !== undefined && reach(unless) !== undefined) return [];
    if (far === undefined || reach(also) === undefined || (others && far === 'own')) return [];
    return [{ page, ...place }];
  });

/** Whether a page is this place, or one of its pages. */
export const isIn = (place: PageName, name: PageName): boolean =>
  place === name || (pageOf(name).within?.split(' ').includes(place) ?? false);

/** How many places lie under the thumb on a phone; the others are in the account's menu. */
export const TABS_MAX = 5;

/** Where a role begins. */
export const homeOf = (role: string | undefined): PageName =>
  (Object.keys(PAGES) as PageName[]).find((name) => pageOf(name).place?.home?.some((one) => one === role)) ?? 'start';
