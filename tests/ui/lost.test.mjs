// The ear dies, the desk dies: the page says what was kept and goes on by itself.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, leave, open } from './browser.mjs';
import { once } from './states.mjs';

let appliance;
let browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch(fakeMicrophone());
});

afterEach(() => leave(browser));
after(async () => {
  await browser.close();
  await appliance.stop();
});

async function begin(page) {
  await page.goto(`${appliance.url}/#/browser`);
  await page.getByRole('radio', { name: 'The client agreed' }).check();
  await page.getByRole('button', { name: 'Start call' }).click();
  await page.locator('[data-state=live]').waitFor();
  const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
  await heard(id, 3000);
  return id;
}

/** So much of the call was measured; the whole call as it is then. */
const heard = (id, most_ms) => once(() => appliance.api(`/calls/${id}`), ({ elapsed_ms }) => elapsed_ms > most_ms, `${most_ms} ms are heard`);

test('the ear is killed in a call: the sound comes back by itself', { timeout: 240_000 }, async () => {
  const page = await open(browser, { lang: 'en' });
  const id = await begin(page);
  const before = await appliance.api(`/calls/${id}`);
  process.kill(appliance.earPid(), 'SIGKILL');
  await page.getByText(/The first \d:\d\d are measured and kept/).waitFor();
  await page.getByText(/measured and kept/).waitFor({ state: 'detached' });
  await page.locator('[data-state=live]').waitFor();
  const later = await heard(id, before.elapsed_ms + 3000);
  assert.equal(later.state, 'live');
  const receipt = await appliance.api(`/calls/${id}/receipt`);
  assert.equal(receipt.audio_bytes_written ?? 0, 0);
});

test('a page that is opened again takes the call up where it was', { timeout: 240_000 }, async () => {
  const page = await open(browser, { lang: 'en' });
  const id = await begin(page);
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  await page.getByRole('button', { name: 'Go on listening' }).click();
  await page.locator('[data-state=live]').waitFor();
  const before = (await appliance.api(`/calls/${id}`)).elapsed_ms;
  await heard(id, before + 1000);
});

test('without the appliance a page that was not opened before says so, and opens when it is back', { timeout: 240_000 }, async () => {
  const page = await open(browser, { lang: 'zh' });
  await page.goto(appliance.url);
  await page.getByRole('button', { name: '播放演示' }).waitFor();
  await page.context().setOffline(true);
  await page.evaluate(() => (location.hash = '#/trust'));
  await page.getByText('没有打开过的页面需要联网才能打开').waitFor();
  // Tried in vain first, and only when that has failed with the appliance there again.
  const vain = page.waitForEvent('requestfailed');
  await page.getByRole('button', { name: '重试' }).click();
  await vain;
  await page.getByText('没有打开过的页面需要联网才能打开').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: '重试' }).click();
  await page.getByRole('heading', { name: '声音：一个字节都不保存' }).waitFor();
});

test('the whole appliance goes away: the page says so and what was kept', { timeout: 240_000 }, async (t) => {
  const own = await Appliance.start();
  t.after(() => own.stop());
  const page = await open(browser, { lang: 'en' });
  await page.goto(own.url);
  await page.getByRole('button', { name: 'Play the demo' }).click();
  await page.locator('[data-state=live]').waitFor();
  await page.locator('.time', { hasText: /0:(0[2-9]|[1-5]\d)/ }).waitFor();
  own.child.kill('SIGKILL');
  await page.getByText('The connection to the appliance was lost').waitFor();
});
