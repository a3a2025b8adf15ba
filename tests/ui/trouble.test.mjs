// No sound to be had: the page says what happened and what to do, and offers another way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';
import { once, until } from './states.mjs';

let appliance;

before(async () => {
  appliance = await Appliance.start();
});

after(() => appliance.stop());

async function trouble(flags, prepare = async () => {}) {
  const browser = await launch(flags);
  try {
    const page = await open(browser, { lang: 'en' });
    await prepare(page);
    await page.goto(`${appliance.url}/#/browser`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    const words = await alert.innerText();
    assert.equal(await page.getByRole('button', { name: 'Start call' }).count(), 0, 'nothing can be started');
    await page.getByRole('link', { name: 'appliance’s microphone' }).click();
    await page.getByRole('heading', { name: 'Which input of the appliance?' }).waitFor();
    return words;
  } finally {
    await browser.close();
  }
}

test('permission refused', async () => {
  assert.match(await trouble(['--use-fake-device-for-media-stream', '--deny-permission-prompts']), /did not allow the microphone/);
});

test('no microphone', async () => {
  assert.match(await trouble(['--use-fake-ui-for-media-stream']), /No microphone found/);
});

test('an address that is not secure', async () => {
  const words = await trouble(fakeMicrophone(), (page) =>
    page.addInitScript(() => Object.defineProperty(globalThis, 'isSecureContext', { value: false })),
  );
  assert.match(words, /https/);
  assert.match(words, /127\.0\.0\.1/);
});

test('without consent nothing starts', async () => {
  const browser = await launch(fakeMicrophone());
  try {
    const page = await open(browser, { lang: 'en' });
    await page.goto(`${appliance.url}/#/browser`);
    await page.getByRole('button', { name: 'Start call' }).click({ force: true });
    await page.getByText('Tell the client first').waitFor();
    const asked = page.getByRole('radio', { name: 'I have told the client' });
    await until(() => asked.evaluate((radio) => radio === document.activeElement), true, 'the question has the focus');
    const lowest = page.viewportSize().height - 70;
    await once(() => asked.boundingBox(), ({ y, height }) => y > 0 && y + height < lowest, 'the question is in sight, above the button');
    assert.deepEqual((await appliance.api('/calls')).calls, []);
  } finally {
    await browser.close();
  }
});
