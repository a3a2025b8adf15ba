// What a test waits for: a state, never a time.
import assert from 'node:assert/strict';

const TURN_MS = 100;

/** As long as a browser's own waiting: a machine that does much else is slow, not wrong. */
const UNTIL_MS = 30_000;

/** Asks again and again until the answer is `want`; says the last one where it never is. */
export async function until(ask, want, what) {
  const late_ms = Date.now() + UNTIL_MS;
  let found = await ask();
  while (found !== want && Date.now() < late_ms) {
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    found = await ask();
  }
  assert.equal(found, want, what);
}

/** Asks again and again until `holds` of the answer; gives that answer. */
export async function once(ask, holds, what) {
  let found;
  await until(async () => holds((found = await ask())), true, what);
  return found;
}

/** Nothing that the page asked is unanswered, and nothing on it moves. Streams are asked for ever and do not count. */
export async function settled(page) {
  let calm = 0;
  await until(
    async () => {
      const moves = await page.evaluate(() =>
        document.getAnimations().some((one) => one.playState === 'running' && one.effect?.getComputedTiming().endTime !== Infinity),
      );
      calm = page.underway.size > 0 || moves ? 0 : calm + 1;
      return calm >= 2;
    },
    true,
    `the page comes to rest: ${[...page.underway].map((request) => request.url()).join()}`,
  );
}

/** The page hears what the appliance tells from here on. To be called before the page is opened, awaited after it. */
export const hears = (page) => page.waitForResponse((response) => new URL(response.url()).pathname === '/api/v1/events');

/**
 * Refusals that a test provokes are written on the browser's console, and so are complaints of the graphics card; nothing
 * else may be. What was complained of is of this test: the next one begins without it.
 */
export function calm(page, ...refused) {
  const { requests, complaints } = page.strays;
  page.strays = { requests: [], complaints: [] };
  const others = complaints.filter((text) => !text.includes('GL Driver Message') && !refused.some((status) => text.includes(`status of ${status}`)));
  assert.deepEqual({ requests, complaints: others }, { requests: [], complaints: [] });
}
