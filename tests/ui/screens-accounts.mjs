// Pictures of every page that needs accounts, to be looked at: node tests/ui/screens-accounts.mjs [FOLDER]
import { Appliance } from './appliance.mjs';
import { launch, open } from './browser.mjs';
import { ask, come, hire, settle } from './company.mjs';
import { each, openAll, shoot, still, close } from './looks.mjs';

const appliance = await Appliance.start();
const browser = await launch();
const show = (state, path, selector, act, more) => still(browser, appliance, state, path, selector, act, more);

await show('first', '', '.first', (page) => page.locator('summary').click());
await show('welcome-first', appliance.setup.split('#/')[1], 'form');

const admin = await open(browser);
await settle(admin, appliance);
const { made } = await hire(admin);
await come(appliance, admin, made['li.na'].id);
await come(appliance, admin, made['chen.chen'].id);
const { version } = (await ask(admin, 'GET', '/people')).items.find(({ login }) => login === 'zhang.wei');
const zhang = `/people/${made['zhang.wei'].id}`;
await ask(admin, 'PATCH', zhang, { name: '张小伟', role: 'manager' }, { 'if-match': `"v${version}"` });
const { path } = await ask(admin, 'POST', `/people/${made['zhao.min'].id}/invitation`);
const signed = { storageState: await admin.context().storageState() };
const row = (name) => (page) => page.getByRole('button', { name }).first().click();

await show('signin', 'people', 'form');
await show('signin-wrong', 'signin', 'form', async (page) => {
  await page.locator('input').nth(0).fill('wang.li');
  await page.locator('input').nth(1).fill('not the password');
  await page.locator('button[type=submit]').click();
  await page.locator('.banner').waitFor();
});
await show('welcome', path.slice(3), 'form', (page) => page.locator('button[type=submit]').click());
await show('start-admin', '', '.choices', undefined, signed);
await show('menu', '', '.choices', row(/王力/), signed);
await show('people', 'people', '.list li', undefined, signed);
await show('person', 'people', '.list li', row(/(改|Edit) 陈晨/), signed);
await show('person-new', 'people', '.list li', row(/请同事|^Invite$/), signed);
await show('link', 'people', '.list li', row(/(发链接|link)/), signed);
await show('audit', 'audit', 'ol li', undefined, signed);
await show('entry', 'audit', 'ol li', (page) => page.getByRole('button', { name: /改了账号|changed an account/ }).first().click(), signed);
await show('trust-kept', 'trust', '.kept .good', (page) => page.locator('.kept').scrollIntoViewIfNeeded(), signed);

const stale = await openAll(browser, `${appliance.url}/#/people`, '.list li', signed);
await each(stale, async (page) => {
  await page.getByRole('button', { name: /(改|Edit) 赵敏/ }).click();
  await page.locator('form input').first().fill('赵小敏');
  await page.locator('form select').first().selectOption('manager');
});
const zhao = (await ask(admin, 'GET', '/people')).items.find(({ login }) => login === 'zhao.min');
await ask(admin, 'PATCH', `/people/${zhao.id}`, { role: 'stock' }, { 'if-match': `"v${zhao.version}"` });
await each(stale, async (page) => {
  await page.locator('button[type=submit]').click();
  await page.locator('.banner').waitFor();
});
await shoot(stale, 'stale');
await close(stale);

const lost = await openAll(browser, `${appliance.url}/#/people`, '.list li', signed);
await each(lost, async (page) => {
  await page.context().clearCookies();
  await page.getByRole('button', { name: /新建团队|New team/ }).click();
  await page.locator('form input').first().fill('绍兴队');
  await page.locator('button[type=submit]').click();
  await page.locator('input[autocomplete=current-password]').waitFor();
});
await shoot(lost, 'again');
await close(lost);

await browser.close();
await appliance.stop();
