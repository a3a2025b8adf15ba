// Pictures of every page about visits, to be looked at: node tests/ui/screens-visits.mjs [FOLDER]
import { Appliance } from './appliance.mjs';
import { launch, open } from './browser.mjs';
import { ask, signIn } from './company.mjs';
import { still } from './looks.mjs';
import { agree, at, CLIENTS, place, round } from './rounds.mjs';

const appliance = await Appliance.start();
const browser = await launch(['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']);

const admin = await open(browser);
const { made } = await round(admin, appliance);
const rep = await open(browser);
await signIn(rep, appliance, 'chen.chen');
await agree(rep, made['chen.chen'].id);
const manager = await open(browser);
await signIn(manager, appliance, 'li.na');
for (const [index, [, east_m, north_m]] of CLIENTS.entries()) {
  const { items } = await ask(rep, 'GET', `/sites?limit=10`);
  const position = { ...place(east_m + 5, north_m), accuracy_m: 15, tst_ms: Date.now() };
  if (index < 4) await ask(rep, 'POST', '/visits', { position, site: items[index].id });
}
await ask(rep, 'POST', `/people/${made['chen.chen'].id}/enrolments`, { app: 'owntracks', name: '我的 iPhone' });

const where = { geolocation: at(262, 521), permissions: ['geolocation'] };
const reps = { storageState: await rep.context().storageState(), ...where };
const managers = { storageState: await manager.context().storageState(), ...where };
const show = (state, path, selector, act, more = reps) => still(browser, appliance, `visits-${state}`, path, selector, act, more);
const press = (name) => (page) => page.getByRole('button', { name }).first().click();
const segment = (index) => (page) => page.locator('.segments button').nth(index).click();
const settled = async (page) => page.waitForTimeout(2500);

await show('today', 'today', 'main li');
await show('checkin', 'today', 'main li', async (page) => {
  await press(/^(签到|Check in)$/)(page);
  await page.locator('dialog .one').first().waitFor();
});
await show('correct', 'today', 'main li', press(/^(不对|Not right)/));
await show('brief', 'today', 'main li', press(/^(资料：|Brief:)/));
await show('location', 'location', '.hours');
await show('phone', 'location', '.hours', press(/^(添加手机|Add a phone)$/));
await show('steps', 'location', '.hours', async (page) => {
  await press(/^(添加手机|Add a phone)$/)(page);
  await page.locator('dialog input[type=text]').fill('iPhone');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('dialog img').waitFor();
});
await show('card', 'client/1', '#sites-1', (page) => page.locator('#sites-1').scrollIntoViewIfNeeded());
await show('site', 'client/1', '#sites-1', async (page) => {
  await press(/^(添加地点|Add a site)$/)(page);
  await settled(page);
});
await show('map', 'visits', 'canvas', settled, managers);
await show('lines', 'visits', 'canvas', segment(1), managers);
await show('coverage', 'visits', 'canvas', segment(2), managers);
await show('suspects', 'visits', 'canvas', segment(3), managers);

await browser.close();
await appliance.stop();
