// A newcomer presses one thing and sees a conversation measured; nothing is written, nothing leaves the appliance.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { launch, leave, open } from './browser.mjs';
import { calm, once } from './states.mjs';

let appliance;
let browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});

afterEach(() => leave(browser));
after(async () => {
  await browser.close();
  await appliance.stop();
});

/** So much of the talk is heard as fast as it is measured (`ear/sources/own.rs`). */
const SKIMMED_MS = 85_000;

/** Nobody waits longer to see what it is about. By the clock of the talk: what a busy machine needs to draw is another matter. */
const HINT_MS_MAX = 30_000;

const numberOf = async (page, measure, channel) => {
  const text = await page.locator(`[data-measure=${measure}][data-channel=${channel}] .value`).innerText();
  return Number.parseFloat(text);
};

test('the demo: one press, numbers within ten seconds, a hint within thirty, receipt, end, summary', { timeout: 240_000 }, async () => {
  const page = await open(browser);
  await page.goto(appliance.url);
  await page.getByRole('button', { name: '播放演示' }).click();
  await page.locator('[data-state=live]').waitFor();
  await page.waitForFunction(() => {
    const value = document.querySelector('[data-measure=speech_rate_hz][data-channel=rep] .value');
    return /^\d/.test(value?.textContent?.trim() ?? '');
  });
  const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
  const { elapsed_ms } = await appliance.api(`/calls/${id}`);
  assert.ok(elapsed_ms < SKIMMED_MS + 10_000, `the first number came ${elapsed_ms} ms into the talk`);

  // It may be heard: what sounds is made on the page, from figures.
  await page.getByRole('button', { name: '听演示' }).click();
  await page.getByRole('button', { name: '静音' }).click();
  // Its client begins to hesitate: the first hint, at the clock of the talk. It was skimmed to 1:25.
  await page.locator('[data-rule=hesitation]').waitFor({ timeout: 120_000 });
  const hinted = await appliance.api(`/calls/${id}`);
  assert.ok(hinted.elapsed_ms - SKIMMED_MS < HINT_MS_MAX, `the first hint came ${hinted.elapsed_ms} ms into the talk`);
  for (const channel of ['rep', 'client']) {
    await once(() => numberOf(page, 'speech_rate_hz', channel), (rate) => rate > 1.5 && rate < 7, `${channel} speaks as people do`);
  }

  await page.getByRole('button', { name: /未录音/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.written').waitFor();
  await dialog.locator('.written').getByText(/结束时统计/).first().waitFor();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: '结束' }).click();
  await page.getByRole('heading', { name: '沟通小结', exact: true }).waitFor();
  assert.match(page.url(), /\/summary$/);
  await page.locator('.conclusion').getByText('下一步', { exact: true }).waitFor();
  await page.locator('details.receipt summary').click();
  await page.locator('.written').getByText('0 字节').waitFor();
  await page.getByRole('button', { name: '表' }).click();
  await page.locator('tbody tr').nth(11).waitFor();
  calm(page);
});

test('the other side objects: hearing stops and the call is gone', { timeout: 240_000 }, async () => {
  const page = await open(browser, { lang: 'en' });
  await page.goto(appliance.url);
  await page.getByRole('button', { name: 'Play the demo' }).click();
  await page.locator('[data-state=live]').waitFor();
  const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
  await page.getByRole('button', { name: 'Client objects' }).click();
  await page.getByRole('button', { name: 'Stop and delete' }).click();
  await page.getByRole('heading', { name: 'Stopped and deleted' }).waitFor();
  await once(() => appliance.api(`/calls/${id}`), ({ state, status }) => state === 'withdrawn' || status === 404, 'nothing is kept');
  calm(page);
});
