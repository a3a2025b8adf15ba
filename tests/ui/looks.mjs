// The same address in every look: phone and desk, light and dark, both languages.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './appliance.mjs';
import { DESK, open, PHONE } from './browser.mjs';

const folder = process.argv[2] ?? join(ROOT, 'target/screens');
mkdirSync(folder, { recursive: true });

export const LOOKS = [];
for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  for (const theme of ['light', 'dark']) {
    for (const lang of ['zh', 'en']) LOOKS.push({ name: `${size}-${theme}-${lang}`, viewport, theme, lang });
  }
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function openAll(browser, address, selector, more = {}) {
  return Promise.all(
    LOOKS.map(async (look) => {
      const page = await open(browser, { ...look, ...more });
      await page.goto(address);
      await page.locator(selector).first().waitFor();
      return { page, look };
    }),
  );
}

export async function shoot(pages, state) {
  await wait(500);
  for (const { page, look } of pages) await page.screenshot({ path: join(folder, `${state}-${look.name}.png`) });
}

export const each = (pages, act) => Promise.all(pages.map(({ page }) => act(page)));

export const close = (pages) => each(pages, (page) => page.context().close());

export async function still(browser, appliance, state, path, selector, act = async () => {}, more = {}) {
  const pages = await openAll(browser, `${appliance.url}/#/${path}`, selector, more);
  await each(pages, act);
  await shoot(pages, state);
  await close(pages);
}
