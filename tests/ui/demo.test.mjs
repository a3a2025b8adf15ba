// A newcomer presses one thing and sees a conversation measured; nothing is written, nothing leaves the appliance.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { launch, open } from './browser.mjs';

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

const numberOf = async (page, measure, channel) => {
  const text = await page.locator(`[data-measure=${measure}][data-channel=${channel}] .value`).innerText();
  return Number.parseFloat(text);
};

test('the demo: one press, numbers within ten seconds, receipt, end, summary', { timeout: 60_000 }, async () => {
  const page = await open(browser);
  await page.goto(appliance.url);
  const pressed = Date.now();
  await page.getByRole('button', { name: '播放演示' }).click();
  await page.locator('[data-state=live]').waitFor();
  await page.waitForFunction(() => {
    const value = document.querySelector('[data-measure=speech_rate_hz][data-channel=rep] .value');
    return /^\d/.test(value?.textContent?.trim() ?? '');
  });
  assert.ok(Date.now() - pressed < 10_000, `the first number came after ${Date.now() - pressed} ms`);

  // It may be heard: what sounds is made on the page, from figures.
  await page.getByRole('button', { name: '听演示' }).click();
  await page.getByRole('button', { name: '静音' }).click();
  // Both voices have spoken by now.
  await page.waitForTimeout(12_000);
  for (const channel of ['rep', 'client']) {
    const rate = await numberOf(page, 'speech_rate_hz', channel);
    assert.ok(rate > 1.5 && rate < 7, `${channel}: ${rate}`);
  }

  await page.getByRole('button', { name: /未录音/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.written').waitFor();
  assert.match(await dialog.locator('.written').innerText(), /结束时统计/);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: '结束' }).click();
  await page.getByRole('heading', { name: '沟通小结', exact: true }).waitFor();
  assert.match(page.url(), /\/summary$/);
  await page.locator('.conclusion').getByText('下一步', { exact: true }).waitFor();
  await page.locator('details.receipt summary').click();
  await page.locator('.written').getByText('0 字节').waitFor();
  await page.getByRole('button', { name: '表' }).click();
  assert.ok((await page.locator('tbody tr').count()) >= 12);
  assert.deepEqual(page.strays, { requests: [], complaints: [] });
});

test('the other side objects: hearing stops and the call is gone', { timeout: 30_000 }, async () => {
  const page = await open(browser, { lang: 'en' });
  await page.goto(appliance.url);
  await page.getByRole('button', { name: 'Play the demo' }).click();
  await page.locator('[data-state=live]').waitFor();
  const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
  await page.getByRole('button', { name: 'Client objects' }).click();
  await page.getByRole('button', { name: 'Stop and delete' }).click();
  await page.getByRole('heading', { name: 'Stopped and deleted' }).waitFor();
  const call = await appliance.api(`/calls/${id}`);
  assert.ok(call.state === 'withdrawn' || call.status === 404, JSON.stringify(call));
  assert.deepEqual(page.strays, { requests: [], complaints: [] });
});
