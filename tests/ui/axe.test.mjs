// Every page of the conversation can be used: axe, what is touched, in both themes and both languages, on a phone and on a desk.
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible } from './axe.mjs';
import { fakeMicrophone, launch } from './browser.mjs';

const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

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

for (const [name, path, { bare: unheard = false, act } = {}] of VIEWS) {
  test(`axe: ${name}`, { timeout: 240_000 }, async () => {
    await accessible(unheard ? bare : browser, `${appliance.url}/#/${await path()}`, { act });
  });
}
