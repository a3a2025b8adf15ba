// Pictures of every state in every look, to be looked at: node tests/ui/screens.mjs [FOLDER]
import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch } from './browser.mjs';
import { close, each, openAll, shoot, still, wait } from './looks.mjs';

/** Long enough for usual ranges and a full lane. */
const LIVE_MS = 90_000;

/** The demo's client hesitates after a minute and three quarters. */
const HINT_MS = 60_000;

const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

const appliance = await Appliance.start();
const browser = await launch();
const heard = await launch(fakeMicrophone());
const refusing = await launch(['--use-fake-device-for-media-stream', '--deny-permission-prompts']);

const running = await appliance.api('/calls', DEMO);
const pages = await openAll(browser, `${appliance.url}/#/call/${running.id}`, '[data-state=live]');
await wait(LIVE_MS);
await shoot(pages, 'live');
await each(pages, (page) => page.locator('[data-rule]').waitFor({ timeout: HINT_MS }));
await each(pages, (page) => page.locator('.why').focus());
await shoot(pages, 'hint');
await each(pages, (page) => page.locator('.why').click());
await shoot(pages, 'why');
await close(pages);
await appliance.api(`/calls/${running.id}/hints/1/rating`, { rating: 'useful' });
await appliance.api(`/calls/${running.id}/stop`, {});

const other = await appliance.api('/calls', DEMO);
const asked = await openAll(browser, `${appliance.url}/#/call/${other.id}`, '[data-state=live]');
await wait(8000);
await each(asked, async (page) => {
  await page.locator('.seal').click();
  await page.locator('.written').waitFor();
});
await shoot(asked, 'receipt');
await each(asked, (page) => page.keyboard.press('Escape'));
await each(asked, (page) => page.locator('.danger').first().click());
await shoot(asked, 'objection');
await close(asked);

await still(browser, appliance, 'start', '', '.choices');
await still(heard, appliance, 'consent', 'browser', '.meters');
await still(refusing, appliance, 'refused', 'browser', '.trouble');
await still(browser, appliance, 'appliance', 'appliance', '.none, fieldset');
await still(browser, appliance, 'trust', 'trust', '.walls');
await still(browser, appliance, 'summary', `call/${running.id}/summary`, '.compare');
await still(browser, appliance, 'moments', `call/${running.id}/summary`, '.timeline', async (page) => {
  await page.locator('.review .segments button').first().click();
});
await still(browser, appliance, 'table', `call/${running.id}/summary`, '.head .segments', async (page) => {
  await page.locator('.head .segments button').nth(1).click();
});

const alone = await appliance.api('/calls', { ...DEMO, layout: 'mono' });
const cut = await openAll(browser, `${appliance.url}/#/call/${alone.id}`, '[data-state=live]');
await wait(15_000);
await each(cut, (page) => page.locator('[data-measure=response_latency_s] button').click());
await shoot(cut, 'reason');
await each(cut, (page) => page.keyboard.press('Escape'));
appliance.child.kill('SIGKILL');
await wait(1500);
await shoot(cut, 'lost');

await Promise.all([heard, refusing, browser].map((one) => one.close()));
await appliance.stop();
