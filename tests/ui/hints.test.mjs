// How many hints are wanted is said in the call itself. That a hint comes takes two minutes: long/hints.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { launch, open } from './browser.mjs';
import { until } from './states.mjs';

const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

let appliance;
let browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

test('who wants fewer hints says so, and one microphone has none', { timeout: 240_000 }, async () => {
  const page = await open(browser, { lang: 'en' });
  const { id } = await appliance.api('/calls', DEMO);
  await page.goto(`${appliance.url}/#/call/${id}`);
  await page.getByRole('button', { name: 'Key ones only' }).click();
  await page.locator('[aria-pressed=true]', { hasText: 'Key ones only' }).waitFor();
  await until(async () => (await appliance.api(`/calls/${id}`)).hints, 'quiet', 'the appliance knows');
  const mono = await appliance.api('/calls', { ...DEMO, layout: 'mono' });
  assert.equal(mono.hints, null);
  await page.goto(`${appliance.url}/#/call/${mono.id}`);
  await page.locator('.reasons', { hasText: 'One microphone cannot tell who speaks' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Key ones only' }).count(), 0);
});
