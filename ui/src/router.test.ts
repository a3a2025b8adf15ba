import { describe, expect, it } from 'vitest';

import { href, parse, type Route } from './router';

const ID = '0123456789abcdef';
const SECRET = 'Zk3-_9hGq2LmN8pRsTuVwXyZ0123456789abcdefghi';

describe('the router', () => {
  const known: [string, Route][] = [
    ['', { page: 'start' }],
    ['#', { page: 'start' }],
    ['#/', { page: 'start' }],
    ['#/browser', { page: 'browser' }],
    ['#/appliance', { page: 'appliance' }],
    ['#/trust/', { page: 'trust' }],
    ['#/trust?from=seal', { page: 'trust' }],
    ['#/signin', { page: 'signin' }],
    [`#/welcome/${SECRET}`, { page: 'welcome', id: SECRET }],
    ['#/people', { page: 'people' }],
    ['#/calls', { page: 'calls' }],
    ['#/clients', { page: 'clients' }],
    ['#/client/12', { page: 'client', id: '12' }],
    ['#/client/new', { page: 'client', id: 'new' }],
    ['#/board', { page: 'board' }],
    ['#/effect', { page: 'effect' }],
    ['#/rules', { page: 'rules' }],
    ['#/coaching', { page: 'coaching' }],
    ['#/todo', { page: 'todo' }],
    ['#/playbook', { page: 'playbook' }],
    ['#/settings', { page: 'settings', id: '' }],
    ['#/settings/tokens', { page: 'settings', id: 'tokens' }],
    ['#/audit', { page: 'audit' }],
    [`#/call/${ID}`, { page: 'call', id: ID }],
    [`#/call/${ID}/summary`, { page: 'summary', id: ID }],
  ];
  it.each(known)('reads %s', (hash, route) => {
    expect(parse(hash)).toEqual(route);
  });

  it.each(['#/nothing', '#/trust/me', '#/call', '#/call/../etc', '#/welcome', '#/welcome/short', '#/client', '#/client/0', '#/client/12/x', '#/settings/nothing', '#/clients/12', `#/call/${ID}/other`, `#/call/${ID}/summary/x`])(
    'does not know %s',
    (hash) => {
      expect(parse(hash)).toEqual({ page: 'nowhere' });
    },
  );

  it('writes what it reads', () => {
    for (const [, route] of known) expect(parse(href(route))).toEqual(route);
  });
});
