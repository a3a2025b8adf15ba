// A microphone of this browser, fed from a file: what the page shows agrees with `analyze` of the same file.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';
import { analyze, record } from './recording.mjs';
import { calm } from './states.mjs';

let appliance;
let recording;

before(async () => {
  appliance = await Appliance.start();
  // Quiet enough at first for a slow machine to begin in: what is said before that is not heard.
  recording = record({ lead_s: 12 });
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
    calm(page);
    const shown = await page.locator('[data-measure=speech_rate_hz] [data-channel] .value').allInnerTexts();
    const id = /call\/([0-9a-f]{16})/.exec(page.url())[1];
    return { shown, summary: await appliance.api(`/calls/${id}/summary`) };
  } finally {
    await browser.close();
  }
}

function agree({ summary, shown }, truth) {
  for (const [index, channel] of truth.channels.entries()) {
    const side = summary.sides.find((one) => one.channel === channel.channel);
    const off = side.speech_rate_hz.value / channel.speech_rate_hz - 1;
    assert.ok(Math.abs(off) < 0.05, `${channel.channel}: rate ${side.speech_rate_hz.value}, ${channel.speech_rate_hz} in the file`);
    assert.ok(Math.abs(side.speech_s - channel.speech_s) < 0.3, `${channel.channel}: ${side.speech_s} s, ${channel.speech_s} s in the file`);
    assert.equal(Number(shown[index]), Number(side.speech_rate_hz.value.toFixed(1)));
  }
}

test('one microphone for everybody agrees with the file', { timeout: 240_000 }, async () => {
  const heard = await converse();
  agree(heard, analyze(recording.file, 'mono'));
  assert.equal(heard.summary.sides[0].talk_share.value, null);
  assert.equal(heard.summary.sides[0].talk_share.unknown, 'one_microphone');
});

test('a stereo input agrees with the file on both sides', { timeout: 240_000 }, async () => {
  const heard = await converse('立体声，双方各一侧');
  agree(heard, analyze(recording.file, 'rep-left'));
});
