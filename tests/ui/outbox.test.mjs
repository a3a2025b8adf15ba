// A basement: no network, a page that is killed, answers that are lost, and nothing that is lost or doubled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance, noon } from './appliance.mjs';
import { launch, open, PHONE } from './browser.mjs';
import { ask, signIn } from './company.mjs';
import { at, place, round } from './rounds.mjs';

const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const photo = { name: 'door.png', mimeType: 'image/png', buffer: PICTURE };

let browser;
let appliance;
let admin;
let company;

before(async () => {
  browser = await launch();
  appliance = await Appliance.start();
  admin = await open(browser);
  company = await round(admin, appliance);
});
after(async () => {
  await browser.close();
  await appliance.stop();
});

const button = (within, name) => within.getByRole('button', { name, exact: true });

/** What the page keeps for when there is no network. */
const keeps = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const opened = indexedDB.open('undertone');
        opened.onsuccess = () => {
          const keys = opened.result.transaction('answers').objectStore('answers').getAllKeys();
          keys.onsuccess = () => (opened.result.close(), resolve(keys.result.join(' ')));
        };
      }),
  );

async function phone(where) {
  const page = await open(browser, { viewport: PHONE, geolocation: where, permissions: ['geolocation'], timezoneId: noon(), worker: true });
  await signIn(page, appliance, 'chen.chen');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
  return page;
}

async function today(page) {
  await page.goto(`${appliance.url}/#/today`);
  await page.getByRole('heading', { name: '今天', level: 1 }).waitFor();
}

/** All that is to be done, and the visits of today, as the appliance has them. */
async function kept(page) {
  const me = company.made['chen.chen'].id;
  const actions = await ask(page, 'GET', `/tables/actions/records?limit=200&filter=${encodeURIComponent("origin != 'visit'")}`);
  const visits = await ask(page, 'GET', `/people/${me}/visits?from_ms=${Date.now() - 6 * 3_600_000}&until_ms=${Date.now() + 60_000}`);
  return { titles: actions.items.map(({ values }) => values.next).sort(), visits: visits.items };
}

test('20 to-dos, 5 photos and 3 check-ins of a basement are there after the page was killed, and arrive once', { timeout: 240_000 }, async () => {
  const page = await phone(at(0, 0));
  // A visit of before, with a network.
  const known = '浙东检测';
  const position = { ...place(260, 520), accuracy_m: 12, tst_ms: Date.now() };
  await ask(page, 'POST', '/visits', { position, client: company.clients[known] });
  // At the door the brief opens by itself.
  await page.locator('dialog[open]', { hasText: known }).waitFor();
  await page.keyboard.press('Escape');
  await today(page);
  const card = (name) => page.locator('main li', { hasText: name });
  await card(known).waitFor();
  for (const path of ['/api/v1/sites', '/api/v1/tables/clients/records?', `/api/v1/clients/${company.clients[known]}/brief`]) {
    while (!(await keeps(page)).includes(path)) await page.waitForTimeout(100);
  }
  const before = await kept(page);

  const context = page.context();
  await context.setOffline(true);
  const stops = [['滨江宏远汽配厂', 0, 0], ['华星仪表', 420, 60], ['江南精密', -380, 300]];
  for (const [name, east, north] of stops) {
    await context.setGeolocation(at(east, north));
    await button(page, '签到').click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('.one', { hasText: name }).click();
    await dialog.getByText(`已签到：${name}`).waitFor();
    await dialog.locator('input[type=file]').setInputFiles(photo);
    await dialog.getByText('已存在手机上').waitFor();
    await dialog.getByLabel('拜访情况').fill(`到了${name}`);
    await button(dialog, '保存').click();
    await dialog.waitFor({ state: 'detached' });
  }
  for (let n = 0; n < 17; n += 1) {
    const mine = card(known);
    await button(mine, `记录：${known}`).click();
    if (n < 2) {
      await mine.locator('input[type=file]').setInputFiles(photo);
      await mine.getByText('已存在手机上').waitFor();
    }
    await mine.getByLabel('拜访情况').fill(`地下室第 ${n + 1} 件`);
    await button(mine, '保存').click();
    await mine.getByLabel('拜访情况').waitFor({ state: 'detached' });
  }
  await page.getByRole('link', { name: '待发送 28 条' }).waitFor();

  // Killed; opened again in the basement.
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  await again.goto(`${appliance.url}/#/outbox`);
  await again.getByRole('heading', { name: '待发送', level: 1 }).waitFor();
  assert.equal(await again.locator('main li[data-state=waiting]').count(), 28);
  await today(again);
  await again.locator('main li', { hasText: known }).waitFor();

  // Back again, and the answers to the first requests are lost on their way.
  let lost = 0;
  await again.route('**/api/v1/**', async (route) => {
    if (route.request().method() === 'GET' || lost >= 12) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await context.setOffline(false);
  await again.goto(`${appliance.url}/#/outbox`);
  for (let tries = 0; (await again.locator('main li[data-state]').count()) > 0; tries += 1) {
    assert.ok(tries < 200, await again.locator('main').innerText());
    await again.evaluate(() => dispatchEvent(new Event('online')));
    await again.waitForTimeout(100);
  }
  await again.getByText('没有待发送的内容').waitFor();
  assert.equal(lost, 12);

  const after = await kept(again);
  const fresh = after.titles.filter((title) => !before.titles.includes(title));
  assert.equal(fresh.length, 20, fresh.join('\n'));
  assert.equal(new Set(fresh).size, 20);
  assert.equal(after.visits.length - before.visits.length, 3);
  for (const [name] of stops) {
    const [visit, ...more] = after.visits.filter(({ client_name }) => client_name === name);
    assert.deepEqual([visit.photo, visit.origin, more], [true, 'manual', []], name);
  }
  assert.equal(after.visits.find(({ client_name }) => client_name === known).photo, true);
});

test('what somebody else changed meanwhile stands beside one’s own, and one chooses', { timeout: 120_000 }, async () => {
  const page = await phone(at(0, 0));
  const me = company.made['chen.chen'].id;
  const values = { client: company.clients['云岭医疗'], whom: '云岭', status: '方案已递', next: '寄样品', due: '2030-01-02', owner: me };
  const { id } = await ask(page, 'POST', '/tables/actions/records', { uid: crypto.randomUUID(), values });
  await today(page);
  const row = page.locator('main li', { hasText: '寄样品' });
  await row.waitFor();
  // The bar counts what waits before anything else is done.
  await page.context().setOffline(true);
  await row.locator('label').click();
  await page.getByText('已完成：寄样品').waitFor();
  await page.getByRole('link', { name: '待发送 1 条' }).waitFor();
  await ask(admin, 'PATCH', `/tables/actions/records/${id}`, { values: { status: '报价待批' }, base: { status: '方案已递' } });
  await page.context().setOffline(false);
  await page.goto(`${appliance.url}/#/outbox`);
  await page.locator('main li[data-state=clash]').waitFor();
  await page.getByText('其他人也修改了同一字段').waitFor();
  await button(page, '查看并选择').click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('报价待批').waitFor();
  await dialog.getByRole('radio', { name: '我的值' }).check();
  await button(dialog, '确定').click();
  await page.getByText('没有待发送的内容').waitFor();
  const after = await ask(page, 'GET', `/tables/actions/records/${id}`);
  assert.equal(after.values.status, '已完成');
});
