// Two microphones of this browser, both fed from a file.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Appliance } from '../appliance.mjs';
import { fakeMicrophone, launch, open } from '../browser.mjs';
import { record } from '../recording.mjs';

/** What the fake devices of the browser give. */
const RATE_HZ = 44_100;

let appliance;
let recording;

before(async () => {
  appliance = await Appliance.start();
  recording = record();
});

after(async () => {
  await appliance.stop();
  rmSync(recording.folder, { recursive: true });
});

/** Through consent into a call, to the end of the file, and out again. */
async function converse(wiring, choose = async () => {}) {
  const browser = await launch(fakeMicrophone(recording.file));
  try {
    const page = await open(browser);
    await page.goto(`${appliance.url}/#/browser`);
    if (wiring !== undefined) await page.getByRole('radio', { name: wiring }).check();
    await choose(page);
    await page.locator('.meters').waitFor();
    await page.getByRole('radio', { name: '客户已同意' }).check();
    await page.getByRole('button', { name: '开始沟通' }).click();
    await page.locator('[data-state=live]').waitFor();
    await page.waitForTimeout((recording.seconds + 1) * 1000);
    await page.getByRole('button', { name: '结束' }).click();
    await page.getByRole('heading', { name: '沟通小结', exact: true }).waitFor();
    assert.deepEqual(page.strays, { requests: [], complaints: [] });
    const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
    return { summary: await appliance.api(`/calls/${id}/summary`) };
  } finally {
    await browser.close();
  }
}

test('two microphones are two voices, and never the same one twice', { timeout: 90_000 }, async () => {
  const heard = await converse('两个麦克风，双方各一个', async (page) => {
    await page.getByText('双方选了同一个麦克风').waitFor();
    assert.equal(await page.locator('.meters').count(), 0);
    const client = page.getByLabel('客户的麦克风');
    // The list is filled when the first microphone was allowed, which may be after the wiring was chosen.
    await client.locator('option').nth(1).waitFor({ state: 'attached' });
    await client.selectOption({ index: (await client.locator('option').count()) - 1 });
  });
  assert.deepEqual(heard.summary.sides.map(({ channel }) => channel).sort(), ['client', 'rep']);
  // Both fake microphones play the file, from two moments; how the ear tells voices apart is not the page's to test.
  for (const side of heard.summary.sides) assert.ok(side.speech_s > 5, `${side.channel}: ${side.speech_s} s`);
  const receipt = await appliance.api(`/calls/${heard.summary.id}/receipt`);
  const seconds = receipt.audio_bytes_in / (4 * RATE_HZ);
  assert.ok(seconds > recording.seconds - 2, `two channels for ${seconds} s`);
});
