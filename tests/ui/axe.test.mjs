// No serious finding of axe on any route, in both themes and both languages, on a phone and on a desk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { AXE, DESK, fakeMicrophone, launch, open, PHONE } from './browser.mjs';

const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

// Evaluated by the debugger, so that the page's own policy stays as it is.
const axeSource = readFileSync(AXE, 'utf8');

let appliance;
let browser;
let bare;
let ended;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch(fakeMicrophone());
  bare = await launch();
  const { id } = await appliance.api('/calls', DEMO);
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await appliance.api(`/calls/${id}/stop`, {});
  ended = id;
});

after(async () => {
  await browser.close();
  await bare.close();
  await appliance.stop();
});

/** The demo ends after two minutes: each view has its own. */
const live = async (layout = DEMO.layout) => `call/${(await appliance.api('/calls', { ...DEMO, layout })).id}`;

const click = (selector) => async (page) => page.locator(selector).first().click();

const VIEWS = [
  ['start', () => ''],
  ['consent', () => 'browser'],
  ['no microphone', () => 'browser', { bare: true }],
  ['appliance', () => 'appliance'],
  ['trust', () => 'trust'],
  ['nowhere', () => 'nothing'],
  ['live', () => live()],
  ['live, one microphone', () => live('mono'), { act: click('[data-measure=response_latency_s] button') }],
  ['receipt', () => live(), { act: click('.seal') }],
  ['objection', () => live(), { act: click('.danger') }],
  ['summary', () => `call/${ended}/summary`],
  ['summary table', () => `call/${ended}/summary`, { act: click('.head .segments button:nth-child(2)') }],
];

const LOOKS = [
  { theme: 'light', lang: 'zh', viewport: PHONE },
  { theme: 'dark', lang: 'zh', viewport: DESK },
  { theme: 'light', lang: 'en', viewport: DESK },
  { theme: 'dark', lang: 'en', viewport: PHONE },
];

for (const [name, path, { bare: unheard = false, act } = {}] of VIEWS) {
  test(`axe: ${name}`, { timeout: 60_000 }, async () => {
    const where = await path();
    const check = async (look) => {
      const page = await open(unheard ? bare : browser, look);
      await page.goto(`${appliance.url}/#/${where}`);
      await page.waitForTimeout(1200);
      await act?.(page);
      await page.waitForTimeout(300);
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
      assert.deepEqual(told, [], `${look.theme} ${look.lang}`);
      await page.context().close();
    };
    await Promise.all(LOOKS.map(check));
  });
}
