// Visits as people meet them: two touches to check in, a correction, what is shared, who looked. The browser says where
// it is, as a phone would.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Appliance, noon } from './appliance.mjs';
import { anew, AXE, DESK, launch, leave, open, PHONE } from './browser.mjs';
import { ask, signIn } from './company.mjs';
import { agree, at, consentForEver, round, stay } from './rounds.mjs';
import { calm, hears, once, settled, until } from './states.mjs';
import { streets } from './tiles.mjs';

const axeSource = readFileSync(AXE, 'utf8');

/** Chromium draws the map without a graphics card. */
const SOFTWARE = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** One point, as PNG. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let browser;
let appliance;
let company;
let admin;

before(async () => (browser = await launch(SOFTWARE)));
after(() => browser.close());
beforeEach(async () => {
  appliance = await Appliance.start();
  admin = await open(browser);
  company = await round(admin, appliance);
});
afterEach(async () => {
  await leave(browser);
  await appliance.stop();
});

/** A phone that knows where it is, and somebody who is signed in on it. */
async function phone(login, where, more = {}) {
  const page = await open(browser, { viewport: PHONE, geolocation: where, permissions: ['geolocation'], timezoneId: noon(), ...more });
  await signIn(page, appliance, login);
  return page;
}

const today = async (page) => {
  await page.goto(`${appliance.url}/#/today`);
  await page.getByRole('heading', { name: '今天', level: 1 }).waitFor();
};
const button = (page, name) => page.getByRole('button', { name, exact: true });

test('two touches check in, a photo goes along, and the brief stands ready', { timeout: 240_000 }, async () => {
  const page = await phone('chen.chen', at(4, 3));
  await today(page);
  await page.getByText('今天还没有拜访').waitFor();

  await button(page, '签到').click();
  await page.getByText('定位精度 15 米').waitFor();
  await page.locator('dialog .one', { hasText: '滨江宏远汽配厂' }).click();
  await page.getByText('已签到：滨江宏远汽配厂').waitFor();

  await page.locator('dialog input[type=file]').setInputFiles({ name: 'door.png', mimeType: 'image/png', buffer: PICTURE });
  const picture = page.getByRole('img', { name: '滨江宏远汽配厂 的拜访照片' });
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector('dialog img')?.naturalWidth === 1);
  await page.locator('dialog').getByRole('button', { name: '资料' }).click();
  await page.getByText('有人正在拜访').waitFor();
  await page.keyboard.press('Escape');

  const row = page.locator('li', { hasText: '滨江宏远汽配厂' });
  await row.getByText('手动签到 · 进行中').waitFor();
  calm(page);
});

test('on any page a visit that begins leads to the brief', { timeout: 240_000 }, async () => {
  const page = await phone('chen.chen', at(0, 0));
  const heard = hears(page);
  await anew(page, `${appliance.url}/#/calls`);
  await page.locator('main h1').waitFor();
  // The page listens from now on; the check-in comes from another device of the same person.
  await heard;
  const { latitude: lat, longitude: lon } = at(0, 0);
  const position = { lat, lon, accuracy_m: 12, tst_ms: Date.now() };
  await ask(page, 'POST', '/visits', { position, client: company.clients['滨江宏远汽配厂'] });
  await page.getByText('已到达：滨江宏远汽配厂').waitFor();
  await page.getByRole('link', { name: '资料' }).click();
  await page.getByRole('heading', { name: '滨江宏远汽配厂', level: 1 }).waitFor();
  await page.getByText('有人正在拜访').waitFor();
  calm(page);
});

test('a client without a place gets one where somebody checks in', { timeout: 240_000 }, async () => {
  const page = await phone('chen.chen', at(5000, 5000));
  await today(page);
  await button(page, '签到').click();
  await page.getByText('附近没有已知客户').waitFor();
  await page.getByLabel('查找客户').fill('云岭');
  await page.getByRole('option', { name: '云岭医疗' }).click();
  await page.getByText('已签到：云岭医疗').waitFor();
  const { items } = await ask(page, 'GET', `/sites?client=${company.clients['云岭医疗']}`);
  assert.equal(items.length, 1);
  calm(page);
});

test('a wide or an old position is refused in words', { timeout: 240_000 }, async () => {
  const page = await phone('chen.chen', at(0, 0, 650));
  await today(page);
  await button(page, '签到').click();
  await page.getByText('定位误差 650 米').waitFor();
  await page.context().setGeolocation(at(0, 0, 12));
  await button(page, '重新定位').click();
  await page.getByText('定位精度 12 米').waitFor();
  calm(page, 422);

  const late = await phone('chen.chen', at(0, 0));
  await late.addInitScript(() => {
    const real = Geolocation.prototype.getCurrentPosition;
    Geolocation.prototype.getCurrentPosition = function (found, ...rest) {
      real.call(this, ({ coords, timestamp }) => found({ coords, timestamp: timestamp - 180_000 }), ...rest);
    };
  });
  await late.reload();
  await today(late);
  await button(late, '签到').click();
  await late.getByText(/定位是 (1[7-9]|[2-9]\d)\d 秒前的/).waitFor();
  calm(late, 422);

  const shy = await phone('chen.chen', at(0, 0), { permissions: [] });
  await today(shy);
  await button(shy, '签到').click();
  await shy.getByText('浏览器未允许使用位置').waitFor();
  calm(shy);
});

test('a visit is corrected, and the correction is taken back', { timeout: 240_000 }, async () => {
  const page = await phone('chen.chen', at(262, 521));
  await today(page);
  await button(page, '签到').click();
  await page.locator('dialog .one', { hasText: '浙东检测' }).click();
  await page.getByText('已签到：浙东检测').waitFor();
  await button(page, '完成').click();

  await button(page, '更正：浙东检测').click();
  await page.getByLabel('查找客户').fill('wcrj');
  await page.getByRole('option', { name: '望潮软件' }).click();
  await page.getByText('已记录：望潮软件').waitFor();
  await page.locator('main li', { hasText: '望潮软件' }).waitFor();
  await button(page, '撤销').click();
  await page.locator('main li', { hasText: '浙东检测' }).waitFor();

  await button(page, '更正：浙东检测').click();
  await page.locator('dialog').getByRole('button', { name: '都不是，没有拜访' }).click();
  await page.getByText('已记录：不是拜访').waitFor();
  await page.locator('main li').getByText('不算拜访').waitFor();
  calm(page);
});

test('where two clients share a house one question is asked, and the answer is the last word', { timeout: 240_000 }, async () => {
  const me = company.made['chen.chen'].id;
  const page = await phone('chen.chen', at(0, 0));
  await agree(page, me);
  consentForEver(appliance);
  await today(page);
  await page.getByText('今天还没有拜访').waitFor();
  await ask(page, 'POST', '/positions', stay(262, 521, 25));
  await page.getByRole('heading', { name: /，您在哪家客户？$/ }).waitFor();
  await page.locator('section .one', { hasText: '望潮软件' }).click();
  await page.getByText('已记录：望潮软件').waitFor();
  const row = page.locator('main li', { hasText: '望潮软件' });
  await row.getByText('您已确认').waitFor();
  await page.getByRole('heading', { name: /您在哪家/ }).waitFor({ state: 'detached' });
  calm(page);
});

test('positions are shared with consent only, and withdrawing deletes them', { timeout: 240_000 }, async () => {
  const me = company.made['chen.chen'].id;
  const page = await phone('chen.chen', at(0, 0));
  await today(page);
  // On until the appliance refuses: which of the two is seen is a matter of luck.
  await page.getByRole('switch').click({ force: true });
  await page.getByText('您还没有同意共享位置').first().waitFor();
  await page.getByRole('link', { name: '我的位置：时段、手机、谁看过' }).click();
  await page.getByText('目前不接收任何位置').waitFor();
  for (const day of ['周六', '周日']) await button(page, day).click();
  await page.getByLabel('从', { exact: true }).fill('00:00');
  await page.getByLabel('到', { exact: true }).fill('23:59');
  await button(page, '同意在这些时段共享').click();
  await page.getByText('您已同意在以下时段共享位置').waitFor();

  // Every minute of the day, whatever the clock says.
  await agree(page, me);
  // Measured after that: the browser dates a position by when it was told.
  await page.context().setGeolocation(at(1, 1));
  await page.reload();
  await page.getByRole('switch').check({ force: true });
  await page.getByText(/已接收 1 个/).first().waitFor();
  await until(async () => (await ask(page, 'GET', `/people/${me}/track`)).items.length, 1, 'it is kept');

  await button(page, '撤回同意').click();
  await button(page, '撤回并删除').click();
  await page.getByText('目前不接收任何位置').waitFor();
  assert.equal((await ask(page, 'GET', `/people/${me}/track`)).items.length, 0);
  calm(page, 403);
});

test('a phone is enrolled, counted and revoked', { timeout: 240_000 }, async () => {
  const me = company.made['chen.chen'].id;
  const page = await phone('chen.chen', at(0, 0));
  await agree(page, me);
  await page.goto(`${appliance.url}/#/location`);
  await button(page, '添加手机').click();
  await page.getByLabel('名称').fill('我的 iPhone');
  await button(page, '生成密钥').click();
  await page.getByText('密钥只显示这一次').waitFor();
  await page.getByRole('img', { name: '含地址和密钥的二维码' }).waitFor();
  await page.getByText('手动填写').click();
  const [secret, username, url] = [
    await page.getByLabel('密钥', { exact: true }).inputValue(),
    await page.getByLabel('用户名').inputValue(),
    await page.getByLabel('地址').inputValue(),
  ];
  await page.keyboard.press('Escape');

  const basic = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
  // Whole seconds, none of them before the consent.
  const tst = Math.ceil(Date.now() / 1000);
  const tell = (body) =>
    fetch(new URL(new URL(url).pathname, appliance.url), {
      method: 'POST',
      headers: { authorization: basic, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  assert.equal((await tell({ _type: 'location', lat: 30.2084, lon: 120.2118, acc: 12, tst })).status, 200);
  assert.equal((await tell({ _type: 'location', lat: 0, lon: 0, acc: 12, tst: tst + 1 })).status, 200);
  await page.reload();
  const row = page.locator('li', { hasText: '我的 iPhone' });
  await row.getByText('已接收 1 个位置').waitFor();
  await row.getByText('经纬度是 0 1').waitFor();

  await button(page, '停用：我的 iPhone').click();
  await page.locator('dialog').getByRole('button', { name: '停用', exact: true }).click();
  await page.getByText('我的 iPhone 已停用').waitFor();
  assert.equal((await tell({ _type: 'location', lat: 30.2084, lon: 120.2118, acc: 12, tst: tst + 2 })).status, 401);
  calm(page);
});

test('a manager sees the day on the map and in lines, and the rep sees who looked', { timeout: 240_000 }, async () => {
  const rep = await phone('chen.chen', at(0, 0));
  await today(rep);
  await button(rep, '签到').click();
  await rep.locator('dialog .one', { hasText: '滨江宏远汽配厂' }).click();
  await rep.getByText('已签到：滨江宏远汽配厂').waitFor();

  const page = await open(browser, { viewport: DESK, timezoneId: noon() });
  await signIn(page, appliance, 'li.na');
  await page.getByRole('navigation').getByRole('link', { name: '拜访', exact: true }).click();
  await page.locator('.map canvas').waitFor();
  // The worker came through the page's own policy, and drew.
  await page.waitForFunction(() => {
    const canvas = document.querySelector('.map canvas');
    return canvas !== null && canvas.width > 300;
  });
  await page.getByRole('button', { name: /滨江宏远汽配厂/ }).click();
  await page.getByText(/^置信度/).waitFor();
  await button(page, '时间线').click();
  await page.getByRole('button', { name: /滨江宏远汽配厂：/ }).waitFor();
  await button(page, '久未拜访').click();
  await page.getByText(/5 家客户超过 30 天未拜访/).waitFor();
  await button(page, '可疑').click();
  await page.getByText('30 天内没有可疑签到').waitFor();
  calm(page);

  await rep.goto(`${appliance.url}/#/location`);
  await rep.locator('li', { hasText: '李娜' }).getByText('查看了您的拜访列表').first().waitFor();
  calm(rep);
});

test('the map stands on the streets that the operator has', { timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-map-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'streets.pmtiles');
  writeFileSync(file, streets());
  const own = await Appliance.start({ UNDERTONE_MAP__TILES: file });
  t.after(() => own.stop());
  const page = await open(browser, { viewport: DESK });
  await round(page, own);
  const pieces = [];
  page.on('response', (response) => response.url().endsWith('/api/v1/map/tiles') && pieces.push(response.status()));
  await anew(page, `${own.url}/#/visits`);
  await page.locator('canvas').waitFor();
  // The header and the directory, then the tile.
  await once(() => pieces, ({ length }) => length >= 2, 'the map asks for its pieces');
  assert.ok(pieces.every((status) => status === 206), pieces.join());
  calm(page);
});

test('a site is added on the map, changed by coordinates of a map service, and removed', { timeout: 240_000 }, async () => {
  const client = company.clients['云岭医疗'];
  const page = await open(browser, { viewport: DESK, geolocation: at(100, 100), permissions: ['geolocation'] });
  await signIn(page, appliance, 'chen.chen');
  await page.goto(`${appliance.url}/#/client/${client}`);
  await button(page, '添加地点').click();
  await page.locator('dialog canvas').waitFor();
  await button(page, '添加').click();
  await page.getByText('还没有位置').waitFor();
  // The map shows the sites around, not the world.
  await page.locator('dialog .scale', { hasText: /^\d+\s米$/ }).waitFor();
  await page.locator('dialog canvas').click({ position: { x: 120, y: 120 } });
  await button(page, '添加').click();
  await page.getByText('地点已保存').waitFor();
  const [site] = (await ask(page, 'GET', `/sites?client=${client}`)).items;
  assert.equal(site.datum, 'wgs84');
  assert.ok(Math.abs(site.lat - 30.21) < 0.1 && Math.abs(site.lon - 120.21) < 0.1, JSON.stringify(site));

  await button(page, '编辑：云岭医疗').click();
  await button(page, '填写坐标').click();
  await page.getByLabel('纬度').fill('30.2100');
  await page.getByLabel('经度').fill('120.2200');
  await page.getByLabel('坐标来自').selectOption('gcj02');
  await page.getByLabel('楼层').fill('12');
  await button(page, '保存').click();
  await page.getByText('12 层').waitFor();
  const [moved] = (await ask(page, 'GET', `/sites?client=${client}`)).items;
  assert.deepEqual([moved.datum, moved.lat, moved.floor], ['gcj02', 30.21, '12']);

  await button(page, '编辑：云岭医疗').click();
  await button(page, '删除地点').click();
  await button(page, '删除地点').click();
  await page.getByText('云岭医疗 已删除').waitFor();
  assert.equal((await ask(page, 'GET', `/sites?client=${client}`)).items.length, 0);
  calm(page);
});

const VIEWS = [
  ['today', 'today', 'h1', 'chen.chen'],
  ['check-in', 'today', 'h1', 'chen.chen', (page) => page.locator('header .main').last().click()],
  ['my location', 'location', '.hours', 'chen.chen'],
  ['a new phone', 'location', '.hours', 'chen.chen', (page) => page.locator('.head .button').first().click()],
  ['the brief', 'brief/1', 'h1', 'chen.chen'],
  ['the map', 'visits', 'canvas', 'li.na'],
  ['the day', 'visits', 'canvas', 'li.na', (page) => page.locator('.segments button').nth(1).click()],
  ['not seen', 'visits', 'canvas', 'li.na', (page) => page.locator('.segments button').nth(2).click()],
  ['doubtful', 'visits', 'canvas', 'li.na', (page) => page.locator('.segments button').nth(3).click()],
  ['a new site', 'client/1', '#sites-1', 'chen.chen', (page) => page.locator('section .head .button').first().click()],
];

test('axe has no serious finding on any of the pages', { timeout: 240_000 }, async () => {
  const rep = await phone('chen.chen', at(0, 0));
  await agree(rep, company.made['chen.chen'].id);
  await today(rep);
  await button(rep, '签到').click();
  await rep.locator('dialog .one').first().click();
  await rep.locator('dialog .good').waitFor();
  for (const look of [
    { theme: 'light', lang: 'zh', viewport: PHONE },
    { theme: 'dark', lang: 'en', viewport: DESK },
  ]) {
    for (const login of ['chen.chen', 'li.na']) {
      const page = await phone(login, at(0, 0), look);
      for (const [name, path, selector, who, act] of VIEWS.filter((view) => view[3] === login)) {
        await anew(page, `${appliance.url}/#/${path}`);
        await page.locator(selector).first().waitFor();
        await act?.(page);
        await settled(page);
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document));
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
        assert.deepEqual(told, [], `${name} as ${who}, ${look.theme} ${look.lang}`);
        await page.keyboard.press('Escape');
      }
      await page.context().close();
    }
  }
});
