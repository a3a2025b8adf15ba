// The demo's client begins to hesitate: a card comes, is understood, answered, and found again after the call.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from '../appliance.mjs';
import { serious } from '../axe.mjs';
import { DESK, launch, open, PHONE } from '../browser.mjs';

const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

/** The hint comes after a minute and three quarters of the demo. */
const HINT_MS = 130_000;

const TABS_MAX = 40;

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

/** Tabs until something with this name has the focus. */
async function reach(page, name) {
  for (let tab = 0; tab < TABS_MAX; tab++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement?.textContent ?? '')).includes(name)) return;
  }
  throw new Error(`"${name}" cannot be reached with ${TABS_MAX} tabs`);
}

/** What lies on top in the middle of the button that ends the call. */
const overStop = (page, name) =>
  page.evaluate((wanted) => {
    const stop = [...document.querySelectorAll('.actions button')].find((one) => one.textContent.includes(wanted));
    const box = stop.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return stop.contains(top);
  }, name);

test('a hint comes, says what and why, is answered, and stands in the timeline', { timeout: 200_000 }, async () => {
  const { id } = await appliance.api('/calls', DEMO);
  const phone = await open(browser, { lang: 'zh', viewport: PHONE });
  const desk = await open(browser, { lang: 'en', theme: 'dark', viewport: DESK });
  for (const page of [phone, desk]) {
    await page.goto(`${appliance.url}/#/call/${id}`);
    await page.locator('[data-state=live]').waitFor();
  }

  await Promise.all([phone, desk].map((page) => page.locator('[data-rule=hesitation]').waitFor({ timeout: HINT_MS })));
  // By keyboard: the focus keeps the card.
  await reach(desk, 'reply +');
  await desk.keyboard.press('Enter');
  await desk.getByText('A reason to ask, not to conclude.').waitFor();
  assert.match(await phone.locator('.say').innerText(), /再问一句顾虑/);
  assert.match(await phone.locator('.why').innerText(), /^因为回应比本次沟通平时慢 [\d.]+ 秒，停顿是平时的 [\d.]+ 倍。/);
  const small = await phone.locator('[data-rule] button').evaluateAll((all) => all.filter((one) => one.offsetHeight < 44).length);
  assert.equal(small, 0, 'every button of the card can be touched');
  assert.ok(await overStop(phone, '结束'), 'the card covers the button that ends the call');
  assert.ok(await overStop(desk, 'End'), 'the card covers the button that ends the call');
  const box = await phone.locator('[data-rule]').boundingBox();
  assert.ok(box.y > PHONE.height / 2 && box.y + box.height < PHONE.height, `at thumb height: ${JSON.stringify(box)}`);
  assert.deepEqual(await serious(desk), []);
  assert.deepEqual(await serious(phone), []);
  // Untouched it goes by itself; the other page has it until it is answered.
  await phone.locator('[data-rule]').waitFor({ state: 'detached', timeout: 15_000 });
  await reach(desk, 'Useful');
  await desk.keyboard.press('Enter');
  await desk.locator('[data-rule]').waitFor({ state: 'detached' });
  await phone.locator('.reserve[data-known=true]').waitFor();

  await phone.getByRole('button', { name: '结束' }).click();
  const moment = phone.getByRole('list', { name: '关键时刻' }).getByRole('listitem').first();
  await moment.getByText('再问一句顾虑').waitFor();
  assert.match(await moment.innerText(), /1:4\d[\s\S]*回应比本次沟通平时慢[\s\S]*您的评价：有用/);
  await phone.getByRole('button', { name: '有', exact: true }).click();
  await phone.getByRole('button', { name: '价格' }).click();
  await phone.getByLabel('备注').fill('下周二再谈');
  await phone.getByRole('button', { name: '有推进' }).click();
  // Each answer is sent by itself: the last one has arrived.
  for (const until = Date.now() + 5000; Date.now() < until; await phone.waitForTimeout(100)) {
    if ((await appliance.api(`/calls/${id}/moments`)).review?.outcome === 'advanced') break;
  }
  await phone.getByText('已保存。').waitFor();
  assert.deepEqual(await serious(phone), []);

  const told = await appliance.api(`/calls/${id}/moments`);
  assert.deepEqual(told.review, { objection: true, topics: ['价格'], notes: '下周二再谈', outcome: 'advanced' });
  const names = told.moments.map(({ event }) => event);
  assert.deepEqual(names, ['objection.signalled', 'hint.shown', 'hint.rated', 'call.ended']);
  for (const page of [phone, desk]) assert.deepEqual(page.strays, { requests: [], complaints: [] });
});
