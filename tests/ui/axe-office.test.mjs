// The pages beside the conversation: no serious finding of axe, and nothing too small for a thumb.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible, small } from './axe.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';
import { ask, come, hire, settle, signIn, talk, trade } from './company.mjs';

const TABLE = Buffer.from('名称,等级,电话\n东湖材料,A,\n青禾食品,D,\n白鹭酒店,C,打给前台\n', 'utf8');

let appliance;
let browser;
let clients;
let chief;
let rep;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch(fakeMicrophone());
  const admin = await open(browser);
  await settle(admin, appliance);
  const { made } = await hire(admin);
  await come(appliance, admin, made['chen.chen'].id);
  await ask(admin, 'POST', '/tokens', { name: '报表' });
  await ask(admin, 'POST', '/webhooks', { url: 'https://crm.example/hook', topics: ['*'] });
  const page = await open(browser);
  await signIn(page, appliance, 'chen.chen');
  clients = await trade(page);
  await talk(page, clients['华东医药'], 8, { objection: false, topics: [], notes: '', outcome: 'won' });
  [chief, rep] = await Promise.all([admin.context().storageState(), page.context().storageState()]);
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

const VIEWS = [
  ['clients', () => 'clients', { as: 'rep' }],
  ['a client', () => `client/${clients['华东医药']}`, { as: 'rep' }],
  ['changing a client', () => `client/${clients['华东医药']}`, { as: 'rep', act: click('article .do button:not(.main)') }],
  ['a new client', () => 'client/new', { as: 'rep', act: click('form button[type=submit]') }],
  ['erasing a client', () => `client/${clients['华东医药']}`, { as: 'rep', act: click('article .danger') }],
  ['import', () => 'import', { as: 'chief' }],
  ['a table', () => 'import', { as: 'chief', act: table }],
  ['calls', () => 'calls', { as: 'rep' }],
  ['a withdrawal', () => 'calls', { as: 'rep', act: click('.days li button') }],
  ['choosing a client', () => 'browser', { as: 'rep', act: search }],
  ['settings', () => 'settings', { as: 'chief' }],
  ['notice texts', () => 'settings/texts', { as: 'chief', act: click('.card .head button') }],
  ['tokens', () => 'settings/tokens', { as: 'chief', act: click('.stack .main') }],
  ['webhooks', () => 'settings/webhooks', { as: 'chief' }],
  ['own data', () => 'settings/data', { as: 'rep' }],
];

for (const [name, path, { as, act }] of VIEWS) {
  test(`axe: ${name}`, { timeout: 60_000 }, async () => {
    const storageState = as === 'rep' ? rep : chief;
    await accessible(browser, `${appliance.url}/#/${path()}`, { act, storageState });
    const page = await open(browser, { storageState });
    await page.goto(`${appliance.url}/#/${path()}`);
    await page.waitForTimeout(1200);
    assert.deepEqual(await small(page), []);
    await page.context().close();
  });
}
