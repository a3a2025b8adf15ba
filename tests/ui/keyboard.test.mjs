// The whole way by keyboard alone: choose, consent, start, receipt, end, summary.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';

const TABS_MAX = 40;

/** Tabs until something with this name has the focus. */
async function reach(page, name) {
  for (let tab = 0; tab < TABS_MAX; tab++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate((wanted) => {
      const at = document.activeElement;
      const words = `${at?.getAttribute('aria-label') ?? ''} ${at?.closest('label')?.textContent ?? at?.textContent ?? ''}`;
      const box = at?.getBoundingClientRect();
      return words.includes(wanted) ? { width: box.width, height: box.height } : undefined;
    }, name);
    if (found !== undefined) return found;
  }
  throw new Error(`"${name}" cannot be reached with ${TABS_MAX} tabs`);
}

test('every step can be done without a pointer', { timeout: 240_000 }, async () => {
  const appliance = await Appliance.start();
  const browser = await launch(fakeMicrophone());
  try {
    const page = await open(browser, { lang: 'en' });
    await page.goto(appliance.url);
    await page.locator('.choices').waitFor();
    await reach(page, 'This device’s microphone');
    await page.keyboard.press('Enter');
    await page.locator('.meters').waitFor();
    await reach(page, 'I have told the client');
    await page.keyboard.press('Space');
    const start = await reach(page, 'Start call');
    assert.ok(start.height >= 44);
    await page.keyboard.press('Enter');
    await page.locator('[data-state=live]').waitFor();
    await reach(page, 'Not recorded');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').locator('.written').waitFor();
    await page.keyboard.press('Escape');
    // Something was said by then.
    await page.locator('.time', { hasText: /0:(0[3-9]|[1-5]\d)/ }).waitFor();
    await reach(page, 'End');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Call summary' }).waitFor();
  } finally {
    await browser.close();
    await appliance.stop();
  }
});
