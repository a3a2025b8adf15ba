// Whether a page can be used without seeing, hearing or pointing well: axe, the size of what is touched, no sideways scroll.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { AXE, DESK, open, PHONE } from './browser.mjs';
import { settled } from './states.mjs';

// Evaluated by the debugger, so that the page's own policy stays as it is.
const axeSource = readFileSync(AXE, 'utf8');

const TOUCH_PX_MIN = 44;

/** Every theme, language and size once: what one of them breaks alone, one of these shows. */
const LOOKS = [
  { theme: 'light', lang: 'zh', viewport: PHONE },
  { theme: 'dark', lang: 'en', viewport: DESK },
];

/** Nothing serious at an address, nothing too small, nothing too wide, in both themes and both languages, on a phone and on a desk. */
export async function accessible(browser, address, { act, ...more } = {}) {
  const check = async (look) => {
    const page = await open(browser, { ...look, ...more });
    await page.goto(address);
    await page.locator('main :is(h1, h2):visible').first().waitFor();
    await settled(page);
    await act?.(page);
    await settled(page);
    await usable(page, `${look.theme} ${look.lang}`);
    await page.context().close();
  };
  await Promise.all(LOOKS.map(check));
}

/** The same of a page as it stands. */
export async function usable(page, where) {
  const found = { serious: await serious(page), small: await small(page), wide: await wide(page) };
  assert.deepEqual(found, { serious: [], small: [], wide: 0 }, where);
}

/** What axe calls serious or critical. */
export async function serious(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const found = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const wide = (page) => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));

/** What can be touched and is too small for a thumb. */
const small = (page) =>
  page.evaluate((least) => {
    const touched = [...document.querySelectorAll('main a.button, main a.choice, main li > a, nav a, button, select, summary, label:has(input)')];
    const boxes = touched.map((one) => [one.textContent.trim() || one.className, one.getBoundingClientRect()]);
    const small = boxes.filter(([, box]) => box.width > 1 && (box.width < least || box.height < least));
    return small.map(([name, box]) => `${name} ${box.width}×${box.height}`);
  }, TOUCH_PX_MIN);
