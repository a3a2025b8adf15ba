// The pages beside the conversation: no serious finding of axe, and nothing too small for a thumb.
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible } from './axe.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';
import { ask, come, converse, hire, settle, signIn, trade } from './company.mjs';

const TABLE = Buffer.from('名称,等级,电话\n东湖材料,A,\n青禾食品,D,\n白鹭酒店,C,打给前台\n', 'utf8');

let appliance;
let browser;
let clients;
let chief;
let lead;
let rep;
/** A call of the rep with a client. */
let call;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch(fakeMicrophone());
  const admin = await open(browser);
  await settle(admin, appliance);
  const { made } = await hire(admin);
  for (const login of ['chen.chen', 'li.na']) await come(appliance, admin, made[login].id);
  await ask(admin, 'POST', '/tokens', { name: '报表' });
  await ask(admin, 'POST', '/webhooks', { url: 'https://crm.example/hook', topics: ['*'] });
  const page = await open(browser);
  await signIn(page, appliance, 'chen.chen');
  clients = await trade(page, admin);
  call = await converse(page, clients['华东医药'], 8, { objection: false, topics: [], notes: '', outcome: 'won' });
  await ask(page, 'PUT', `/calls/${call}/share`, { shared: true, contested: false, note: '集采之后再谈' });
  const wish = { client: clients['华东医药'], whom: '王强', status: '方案已递', next: '带报价单再访', note: 'https://files.example/a.pdf', due: Date.now() };
  await ask(page, 'POST', '/tables/actions/records', { values: wish });
  await ask(admin, 'PUT', '/rules/talk-share/switch', { off: true, reason: '大家都练过了' });
  const boss = await open(browser);
  await signIn(boss, appliance, 'li.na');
  [chief, rep, lead] = await Promise.all([admin, page, boss].map((one) => one.context().storageState()));
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

const click = (selector) => async (page) => page.locator(selector).first().click();

const table = async (page) => {
  await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: TABLE });
  await page.locator('table').waitFor();
};

const search = async (page) => {
  await page.locator('[role=combobox]').fill('y');
  await page.locator('[role=option]').first().waitFor();
};

const invite = async (page) => {
  await page.getByRole('button', { name: /^(请同事协助|Ask a colleague)$/ }).click();
  await page.locator('dialog[open] button[type=submit]').click();
};

const study = async () => {
  const page = await open(browser, { storageState: lead });
  await page.goto(appliance.url);
  await ask(page, 'POST', '/studies', {});
  await page.context().close();
};

const VIEWS = [
  ['the set-up', () => 'setup', { as: 'chief' }],
  ['the team', () => 'team', { as: 'lead' }],
  ['a day of the calendar', () => 'audit', { as: 'chief', act: click('.filters .icon-button') }],
  ['clients', () => 'clients', { as: 'rep' }],
  ['a client', () => `client/${clients['华东医药']}`, { as: 'rep' }],
  ['changing a client', () => `client/${clients['华东医药']}`, { as: 'rep', act: click('article .fields .edit') }],
  ['a new contact', () => `client/${clients['华东医药']}`, { as: 'rep', act: click('article section:has(ul) > div .button') }],
  ['a new client', () => 'client/new', { as: 'rep', act: click('form button[type=submit]') }],
  ['erasing a client', () => `client/${clients['华东医药']}`, { as: 'rep', act: click('article .danger') }],
  ['import', () => 'data/clients/import', { as: 'chief' }],
  ['a table', () => 'data/clients/import', { as: 'chief', act: table }],
  ['calls', () => 'calls', { as: 'rep' }],
  ['a withdrawal', () => 'calls', { as: 'rep', act: click('[data-call] button') }],
  ['choosing a client', () => 'browser', { as: 'rep', act: search }],
  ['settings', () => 'settings', { as: 'chief' }],
  ['notice texts', () => 'settings/texts', { as: 'chief', act: click('.card .head button') }],
  ['tokens', () => 'settings/tokens', { as: 'chief', act: click('.stack .main') }],
  ['webhooks', () => 'settings/webhooks', { as: 'chief' }],
  ['own data', () => 'settings/data', { as: 'rep' }],
  ['the board', () => 'board', { as: 'lead' }],
  ['the own board', () => 'board', { as: 'rep' }],
  ['asking a colleague', () => `client/${clients['华东医药']}`, { as: 'lead', act: invite }],
  ['beginning a study', () => 'effect', { as: 'lead' }],
  ['a study', () => 'effect', { as: 'lead', before: () => study() }],
  ['rules', () => 'rules', { as: 'lead' }],
  ['switching a rule', () => 'rules', { as: 'chief', act: click('[data-rule] button') }],
  ['own weeks', () => 'coaching', { as: 'rep' }],
  ['what is shared of a call', () => `call/${call}/summary`, { as: 'rep', act: (page) => page.locator('.say').waitFor() }],
  ['what is to be done', () => 'today', { as: 'rep' }],
  ['a list of what is to be done', () => 'todo', { as: 'lead' }],
];

for (const [name, path, { as, act, before: make }] of VIEWS) {
  test(`axe: ${name}`, { timeout: 240_000 }, async () => {
    const storageState = { rep, lead, chief }[as];
    await make?.();
    await accessible(browser, `${appliance.url}/#/${path()}`, { act, storageState });
  });
}
