// From the printed link to a colleague who sees less: accounts as people meet them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, afterEach, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { AXE, DESK, launch, open, PHONE } from './browser.mjs';
import { ask, come, hire, PASSWORD, settle, signIn } from './company.mjs';

const axeSource = readFileSync(AXE, 'utf8');

let browser;
let appliance;

before(async () => (browser = await launch()));
after(() => browser.close());
beforeEach(async () => (appliance = await Appliance.start()));
afterEach(() => appliance.stop());

/** Refusals that a test provokes are written on the browser's console; nothing else may be. */
function calm(page, ...refused) {
  const others = page.strays.complaints.filter((text) => !refused.some((status) => text.includes(`status of ${status}`)));
  assert.deepEqual({ ...page.strays, complaints: others }, { requests: [], complaints: [] });
}

test('before anybody has an account one line invites, and can be put away', { timeout: 60_000 }, async () => {
  const page = await open(browser);
  await page.goto(appliance.url);
  const line = page.getByRole('complementary', { name: '现在谁打开这台设备，谁就能用' });
  await line.getByText('链接在哪儿？').click();
  await line.getByText('Nobody has an account yet').waitFor();
  await page.getByRole('button', { name: '放一段演示对话' }).waitFor();
  assert.equal(await page.locator('.me').count(), 0);
  await line.getByRole('button', { name: '关上' }).click();
  await page.reload();
  await page.locator('.choices').waitFor();
  assert.equal(await line.count(), 0);
  calm(page);
});

test('set up, invite, come in, see less', { timeout: 120_000 }, async () => {
  const admin = await open(browser, { viewport: DESK });
  await admin.goto(appliance.setup);
  await admin.getByRole('heading', { name: '建第一个账号' }).waitFor();
  await admin.getByRole('button', { name: '设好，进去' }).click();
  assert.equal(await admin.locator('[aria-invalid=true]').count(), 3, 'every field says what is missing');
  await settle(admin, appliance);

  await admin.getByRole('button', { name: '新建团队' }).click();
  await admin.getByLabel('团队名').fill('杭州一队');
  await admin.getByRole('button', { name: '建好' }).click();
  await admin.getByRole('heading', { name: '杭州一队' }).waitFor();
  await admin.getByRole('button', { name: '请同事' }).click();
  await admin.getByLabel('姓名').fill('李娜');
  await admin.getByLabel('登录名').fill('li.na');
  await admin.getByLabel('角色').selectOption('rep');
  await admin.getByLabel('团队', { exact: true }).selectOption({ label: '杭州一队' });
  await admin.getByRole('button', { name: '建账号，拿链接' }).click();
  const link = await admin.getByLabel('链接', { exact: true }).inputValue();
  assert.match(link, /#\/welcome\/[\w-]{43}$/);

  const rep = await open(browser, { lang: 'en' });
  await rep.goto(link);
  await rep.getByRole('heading', { name: 'Welcome. Choose a password' }).waitFor();
  await rep.getByLabel('Password', { exact: true }).fill('short');
  await rep.getByRole('button', { name: 'Set it and go in' }).click();
  await rep.getByText('Too short: at least 10 characters.').waitFor();
  await rep.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await rep.getByRole('button', { name: 'Set it and go in' }).click();
  await rep.getByRole('button', { name: 'Play a demo' }).waitFor();
  await rep.getByRole('button', { name: 'My account: 李娜' }).click();
  await rep.getByRole('link', { name: 'People' }).click();
  await rep.getByRole('heading', { name: 'People' }).waitFor();
  await rep.locator('.list').getByText('李娜').waitFor();
  for (const name of ['Invite', 'New team', 'Edit 李娜']) {
    assert.equal(await rep.getByRole('button', { name }).count(), 0, name);
  }
  assert.equal(await rep.locator('.list').getByText('王力').count(), 0, 'only the own team');

  const again = await open(browser, { lang: 'en' });
  await again.goto(link);
  await again.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.getByRole('button', { name: 'Set it and go in' }).click();
  await again.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  calm(admin);
  calm(rep);
  calm(again, 410);
});

test('who has not signed in is led there, and back to where they were', { timeout: 60_000 }, async () => {
  const admin = await open(browser);
  await settle(admin, appliance);
  const page = await open(browser, { lang: 'en' });
  await page.goto(`${appliance.url}/#/audit`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getByText('Nobody has an account').count(), 0);
  await page.getByLabel('Login').fill('wang.li');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Login or password is wrong.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  await page.getByRole('button', { name: 'My account: 王力' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(`${appliance.url}/#/people`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  calm(page, 401);
});

test('a session that ends keeps what was typed', { timeout: 60_000 }, async () => {
  const page = await open(browser);
  await settle(page, appliance);
  await page.getByRole('button', { name: '新建团队' }).click();
  await page.getByLabel('团队名').fill('绍兴队');
  await page.context().clearCookies();
  await page.getByRole('button', { name: '建好' }).click();
  await page.getByRole('heading', { name: '请再登录一次' }).waitFor();
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('heading', { name: '绍兴队' }).waitFor();
  calm(page, 401);
});

test('two who change the same person: nothing typed is lost', { timeout: 60_000 }, async () => {
  const page = await open(browser, { viewport: DESK });
  await settle(page, appliance);
  const { made } = await hire(page);
  await page.reload();
  await page.getByRole('button', { name: '改 张伟' }).click();
  await page.getByLabel('姓名').fill('张小伟');
  const { id, version } = made['zhang.wei'];
  await ask(page, 'PATCH', `/people/${id}`, { role: 'stock' }, { 'if-match': `"v${version}"` });
  await page.getByRole('button', { name: '存好' }).click();
  await page.getByText('别人刚改过，先看一眼').waitFor();
  assert.equal(await page.getByLabel('姓名').inputValue(), '张小伟');
  assert.equal(await page.getByLabel('角色').inputValue(), 'stock');
  await page.getByRole('button', { name: '存好' }).click();
  await page.getByText('存好了').waitFor();
  const { items } = await ask(page, 'GET', '/people');
  const now = items.find((person) => person.id === id);
  assert.deepEqual([now.name, now.role], ['张小伟', 'stock']);
  calm(page, 412);
});

test('who has left is signed out, and that can be undone', { timeout: 60_000 }, async () => {
  const page = await open(browser, { viewport: DESK });
  await settle(page, appliance);
  const { made } = await hire(page);
  await come(appliance, page, made['chen.chen'].id);
  const rep = await open(browser);
  await signIn(rep, appliance, 'chen.chen');
  await page.reload();
  await page.getByRole('button', { name: '改 陈晨' }).click();
  await page.getByRole('button', { name: '已经离职' }).click();
  await page.getByText('陈晨 已离开').waitFor();
  assert.equal((await ask(rep, 'GET', '/session')).role, 'nobody');
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByText('陈晨 又能登录了').waitFor();
  await page.getByRole('button', { name: '改 陈晨' }).waitFor();
  calm(page);
});

test('the log says who did what, and what it changed', { timeout: 60_000 }, async () => {
  const page = await open(browser, { viewport: DESK });
  await settle(page, appliance);
  const { made, teams } = await hire(page);
  const { id, version } = made['zhao.min'];
  await ask(page, 'PATCH', `/people/${id}`, { role: 'manager', team: teams['杭州一队'] }, { 'if-match': `"v${version}"` });
  for (let n = 0; n < 50; n++) await ask(page, 'POST', '/teams', { name: `队 ${n}` });
  await page.goto(`${appliance.url}/#/audit`);
  await page.locator('.card li').nth(49).waitFor();
  await page.getByRole('button', { name: '更早的' }).click();
  await page.locator('.card li').nth(50).waitFor();
  await page.getByText('到头了').waitFor();
  await page.getByLabel('只看').selectOption('person');
  await page.getByRole('button', { name: '王力 改了账号' }).click();
  const rows = await page.locator('table tbody tr').allInnerTexts();
  assert.deepEqual(rows.map((row) => row.split(/\s+/)), [['角色', '销售', '主管'], ['团队', '宁波队', '杭州一队']]);
  await page.getByRole('button', { name: '这条的全部经过' }).click();
  await page.getByText('只看账号 · 赵敏').waitFor();
  assert.equal(await page.locator('ol li').count(), 2);
  calm(page);
});

test('the own password is changed from the menu, and the log is whole', { timeout: 60_000 }, async () => {
  const page = await open(browser);
  await settle(page, appliance);
  await page.getByRole('button', { name: '我的账号：王力' }).click();
  await page.getByRole('button', { name: '改密码' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('现在的密码').fill('not the password');
  await dialog.getByLabel('新密码').fill('another long one');
  await dialog.getByRole('button', { name: '改', exact: true }).click();
  await dialog.getByText('现在的密码不对。').waitFor();
  await dialog.getByLabel('现在的密码').fill(PASSWORD);
  await dialog.getByRole('button', { name: '改', exact: true }).click();
  await page.getByText('密码改好了').waitFor();
  await ask(page, 'POST', '/teams', { name: '新的一队' });
  await page.goto(`${appliance.url}/#/trust`);
  await page.getByText(/一条扣一条，都对得上/).waitFor();
  calm(page, 401);
});

test('axe and 44 pixels on every page with accounts', { timeout: 180_000 }, async () => {
  const admin = await open(browser, { viewport: DESK });
  await settle(admin, appliance);
  const { made } = await hire(admin);
  const state = await admin.context().storageState();
  const { path } = await ask(admin, 'POST', `/people/${made['li.na'].id}/invitation`);
  const press = (name) => (page) => page.getByRole('button', { name }).first().click();
  const views = [
    ['signin', 'signin', { out: true }],
    ['welcome', path.slice(3), { out: true }],
    ['start', ''],
    ['menu', '', { act: press(/王力/) }],
    ['people', 'people'],
    ['person', 'people', { act: press(/张伟/) }],
    ['audit', 'audit'],
    ['entry', 'audit', { act: (page) => page.locator('ol li button').nth(2).click() }],
    ['trust', 'trust'],
  ];
  const looks = [
    { theme: 'light', lang: 'zh', viewport: PHONE },
    { theme: 'dark', lang: 'en', viewport: PHONE },
    { theme: 'dark', lang: 'zh', viewport: DESK },
    { theme: 'light', lang: 'en', viewport: DESK },
  ];
  for (const [name, where, { out = false, act } = {}] of views) {
    for (const look of looks) {
      const page = await open(browser, { ...look, ...(out ? {} : { storageState: state }) });
      await page.goto(`${appliance.url}/#/${where}`);
      await page.locator('h1').waitFor();
      await page.waitForTimeout(400);
      await act?.(page);
      await page.waitForTimeout(300);
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
      const small = await page.evaluate(() => {
        const touched = [...document.querySelectorAll('main a.button, main a.choice, button, select, input, summary, nav a')];
        const boxes = touched.map((one) => [one.textContent.trim() || one.className, one.getBoundingClientRect()]);
        const seen = boxes.filter(([, box]) => box.width > 1);
        return seen.filter(([, box]) => box.width < 44 || box.height < 44).map(([text, box]) => `${text} ${box.width}×${box.height}`);
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.deepEqual({ told, small, wide: Math.max(0, wide) }, { told: [], small: [], wide: 0 }, `${name} ${look.theme} ${look.lang}`);
      await page.context().close();
    }
  }
});
