// From the printed link to a colleague who sees less: accounts as people meet them.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible } from './axe.mjs';
import { anew, DESK, launch, leave, open } from './browser.mjs';
import { ask, come, hire, PASSWORD, settle, signIn } from './company.mjs';
import { calm, until } from './states.mjs';

let browser;
let appliance;
/** The session of the admin, and the colleagues: there from the second test on. */
let chief;
let made;
let teams;

before(async () => {
  browser = await launch();
  appliance = await Appliance.start();
});

afterEach(() => leave(browser));
after(async () => {
  await browser.close();
  await appliance.stop();
});

/** A window of the admin, on the people. */
async function boss(look = {}) {
  const page = await open(browser, { ...look, storageState: chief });
  await page.goto(`${appliance.url}/#/people`);
  await page.locator('.list li').first().waitFor();
  return page;
}

test('before anybody has an account one line invites, and can be put away', { timeout: 240_000 }, async () => {
  const page = await open(browser);
  await page.goto(appliance.url);
  const line = page.getByRole('complementary', { name: '目前任何人打开这台设备都可以使用' });
  await line.getByText('链接在哪里？').click();
  await line.getByText('Nobody has an account yet').waitFor();
  await page.getByRole('button', { name: '播放演示' }).waitFor();
  assert.equal(await page.locator('.me').count(), 0);
  await line.getByRole('button', { name: '关闭' }).click();
  await page.reload();
  await page.locator('.choices').waitFor();
  assert.equal(await line.count(), 0);
  calm(page);
});

test('set up, invite, come in, see less', { timeout: 240_000 }, async () => {
  const admin = await open(browser, { viewport: DESK });
  await admin.goto(appliance.setup);
  await admin.getByRole('heading', { name: '创建第一个账号' }).waitFor();
  await admin.getByRole('button', { name: '设置并进入' }).click();
  await until(() => admin.locator('[aria-invalid=true]').count(), 3, 'every field says what is missing');
  await settle(admin, appliance);

  await admin.getByRole('button', { name: '新建团队' }).click();
  await admin.getByLabel('团队名称').fill('绍兴一队');
  await admin.getByRole('button', { name: '创建' }).click();
  await admin.getByRole('heading', { name: '绍兴一队' }).waitFor();
  await admin.getByRole('button', { name: '邀请成员' }).click();
  await admin.getByLabel('姓名').fill('孙悦');
  await admin.getByLabel('登录名').fill('sun.yue');
  await admin.getByLabel('角色').selectOption('rep');
  await admin.getByLabel('团队', { exact: true }).selectOption({ label: '绍兴一队' });
  await admin.getByRole('button', { name: '创建账号并生成链接' }).click();
  const link = await admin.getByLabel('链接', { exact: true }).inputValue();
  assert.match(link, /#\/welcome\/[\w-]{43}$/);

  const rep = await open(browser, { lang: 'en' });
  await rep.goto(link);
  await rep.getByRole('heading', { name: 'Welcome. Choose a password' }).waitFor();
  await rep.getByLabel('Password', { exact: true }).fill('short');
  await rep.getByRole('button', { name: 'Set password and enter' }).click();
  await rep.getByText('Too short: at least 10 characters.').waitFor();
  await rep.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await rep.getByRole('button', { name: 'Set password and enter' }).click();
  await rep.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  assert.match(rep.url(), /#\/today$/);
  await rep.getByRole('button', { name: 'My account: 孙悦' }).click();
  await rep.getByRole('link', { name: 'Members' }).click();
  await rep.getByRole('heading', { name: 'Members' }).waitFor();
  await rep.locator('.list').getByText('孙悦').waitFor();
  for (const name of ['Invite member', 'New team', 'Edit 孙悦']) {
    assert.equal(await rep.getByRole('button', { name }).count(), 0, name);
  }
  assert.equal(await rep.locator('.list').getByText('王力').count(), 0, 'only the own team');

  const again = await open(browser, { lang: 'en' });
  await again.goto(link);
  await again.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.getByRole('button', { name: 'Set password and enter' }).click();
  await again.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  chief = await admin.context().storageState();
  ({ made, teams } = await hire(admin));
  calm(admin);
  calm(rep);
  calm(again, 410);
});

test('who has not signed in is led there, and back to where they were', { timeout: 240_000 }, async () => {
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
  await anew(page, `${appliance.url}/#/people`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  calm(page, 401);
});

test('an address that is opened while another page still loads is the one that stays', { timeout: 240_000 }, async () => {
  const page = await boss();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const asked = page.waitForRequest(/assets\/Audit-.*\.js/);
  await page.route(/assets\/Audit-.*\.js/, (route) => held.then(() => route.continue()));
  await page.goto(`${appliance.url}/#/audit`);
  await asked;
  await page.goto(`${appliance.url}/#/trust`);
  await page.getByRole('heading', { level: 1, name: '声音：一个字节都不保存' }).waitFor();
  const loaded = page.waitForResponse(/assets\/Audit-.*\.js/);
  release();
  await (await loaded).finished();
  // Two turns of the page, in which the late one would take its place.
  await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(shown, 50)))));
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), '声音：一个字节都不保存');
  calm(page);
});

test('a session that ends keeps what was typed', { timeout: 240_000 }, async () => {
  const page = await boss();
  await page.getByRole('button', { name: '新建团队' }).click();
  await page.getByLabel('团队名称').fill('绍兴队');
  await page.context().clearCookies();
  await page.getByRole('button', { name: '创建' }).click();
  await page.getByRole('heading', { name: '请重新登录' }).waitFor();
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('heading', { name: '绍兴队' }).waitFor();
  calm(page, 401);
});

test('two who change the same person: nothing typed is lost', { timeout: 240_000 }, async () => {
  const page = await boss({ viewport: DESK });
  await page.getByRole('button', { name: '编辑 张伟' }).click();
  await page.getByLabel('姓名').fill('张小伟');
  const { id, version } = made['zhang.wei'];
  await ask(page, 'PATCH', `/people/${id}`, { role: 'stock' }, { 'if-match': `"v${version}"` });
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('内容刚被他人修改').waitFor();
  assert.equal(await page.getByLabel('姓名').inputValue(), '张小伟');
  await until(() => page.getByLabel('角色').inputValue(), 'stock', 'what the other one changed');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存', { exact: true }).waitFor();
  const { items } = await ask(page, 'GET', '/people');
  const now = items.find((person) => person.id === id);
  assert.deepEqual([now.name, now.role], ['张小伟', 'stock']);
  calm(page, 412);
});

test('who has left is signed out, and that can be undone', { timeout: 240_000 }, async () => {
  const page = await boss({ viewport: DESK });
  await come(appliance, page, made['chen.chen'].id);
  const rep = await open(browser);
  await signIn(rep, appliance, 'chen.chen');
  await page.reload();
  await page.getByRole('button', { name: '编辑 陈晨' }).click();
  await page.getByRole('button', { name: '标记为已离职' }).click();
  await page.getByText('陈晨 已离职').waitFor();
  assert.equal((await ask(rep, 'GET', '/session')).role, 'nobody');
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByText('陈晨 已恢复登录').waitFor();
  await page.getByRole('button', { name: '编辑 陈晨' }).waitFor();
  calm(page);
});

test('the log says who did what, and what it changed', { timeout: 240_000 }, async () => {
  const page = await boss({ viewport: DESK });
  const { id, version } = made['zhao.min'];
  await ask(page, 'PATCH', `/people/${id}`, { role: 'manager', team: teams['杭州一队'] }, { 'if-match': `"v${version}"` });
  for (let n = 0; n < 50; n++) await ask(page, 'POST', '/teams', { name: `队 ${n}` });
  await page.goto(`${appliance.url}/#/audit`);
  await page.locator('.card li').nth(49).waitFor();
  const older = page.getByRole('button', { name: '加载更早的' });
  await older.click();
  await page.locator('.card li').nth(50).waitFor();
  const end = page.getByText('没有更早的记录');
  while ((await end.count()) === 0) {
    const shown = await page.locator('.card li').count();
    await older.click();
    await page.locator('.card li').nth(shown).waitFor();
  }
  await page.getByLabel('类型').selectOption('person');
  // Only such deeds are left: what is touched is not replaced under the hand.
  await until(() => page.locator('.card li').filter({ hasText: '创建团队' }).count(), 0, 'no deed of a team');
  await page.getByRole('button', { name: '王力 修改账号' }).first().click();
  await page.locator('table tbody tr').nth(1).waitFor();
  const rows = await page.locator('table tbody tr').allInnerTexts();
  assert.deepEqual(rows.map((row) => row.split(/\s+/)), [['角色', '销售', '主管'], ['团队', '宁波队', '杭州一队']]);
  await page.getByRole('button', { name: '查看该对象的全部记录' }).click();
  await page.getByText('仅显示：账号 · 赵敏').waitFor();
  await until(() => page.locator('ol li').count(), 2, 'made, and changed');
  calm(page);
});

test('every page with accounts can be used: axe, 44 pixels, no sideways scroll', { timeout: 240_000 }, async () => {
  const { path } = await ask(await boss(), 'POST', `/people/${made['li.na'].id}/invitation`);
  const press = (name) => (page) => page.getByRole('button', { name }).first().click();
  const views = [
    ['signin', { out: true }],
    [path.slice(3), { out: true }],
    [''],
    ['', { act: press(/王力/) }],
    ['people'],
    ['people', { act: press(/张/) }],
    ['audit'],
    ['audit', { act: (page) => page.locator('ol li button').nth(2).click() }],
    ['trust'],
  ];
  for (const [where, { out = false, act } = {}] of views) {
    await accessible(browser, `${appliance.url}/#/${where}`, { act, ...(out ? {} : { storageState: chief }) });
  }
});

test('the own password is changed from the menu, and the log is whole', { timeout: 240_000 }, async () => {
  const page = await boss();
  await page.getByRole('button', { name: '我的账号：王力' }).click();
  await page.getByRole('button', { name: '修改密码' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('当前密码').fill('not the password');
  await dialog.getByLabel('新密码').fill('another long one');
  await dialog.getByRole('button', { name: '修改', exact: true }).click();
  await dialog.getByText('当前密码错误。').waitFor();
  await dialog.getByLabel('当前密码').fill(PASSWORD);
  await dialog.getByRole('button', { name: '修改', exact: true }).click();
  await page.getByText('密码已修改').waitFor();
  await ask(page, 'POST', '/teams', { name: '新的一队' });
  await page.goto(`${appliance.url}/#/trust`);
  await page.getByText(/前后相连，全部一致/).waitFor();
  calm(page, 401);
});
