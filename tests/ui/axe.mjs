// Whether a page can be used without seeing, hearing or pointing well: axe, and the size of what is touched.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { AXE, DESK, open, PHONE } from './browser.mjs';

// Evaluated by the debugger, so that the page's own policy stays as it is.
const axeSource = readFileSync(AXE, 'utf8');

const TOUCH_PX_MIN = 44;

const LOOKS = [
  { theme: 'light', lang: 'zh', viewport: PHONE },
  { theme: 'dark', lang: 'zh', viewport: DESK },
  { theme: 'light', lang: 'en', viewport: DESK },
  { theme: 'dark', lang: 'en', viewport: PHONE },
];

/** Nothing serious at an address, in both themes and both languages, on a phone and on a desk. */
export async function accessible(browser, address, { act, ...more } = {}) {
  const check = async (look) => {
    const page = await open(browser, { ...look, ...more });
    await page.goto(address);
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
}

/** What can be touched and is too small for a thumb. */
export async function small(page) {
  return page.evaluate((least) => {
    const touched = [...document.querySelectorAll('main a.button, main a.choice, main li > a, nav a, button, select, label:has(input)')];
    const boxes = touched.map((one) => [one.textContent.trim(), one.getBoundingClientRect()]);
    const small = boxes.filter(([, box]) => box.width > 0 && (box.width < least || box.height < least));
    return small.map(([name, box]) => `${name} ${box.width}×${box.height}`);
  }, TOUCH_PX_MIN);
}
