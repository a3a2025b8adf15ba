// Whether it helps, through the page: a study, what reps share, what colleagues are asked for, rules that are switched.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { DESK, fakeMicrophone, launch, open, PHONE } from './browser.mjs';
import { ask, come, converse, hire, settle, signIn } from './company.mjs';

let browser;
let appliance;
/** Each signed in, in a window of their own. */
let admin;
let manager;
let rep;
let assistant;
/** A client of the rep, and a call with it. */
let client;
let call;

before(async () => {
  browser = await launch(fakeMicrophone());
  appliance = await Appliance.start();
  admin = await open(browser, { viewport: DESK });
  await settle(admin, appliance);
  const { made } = await hire(admin);
  for (const login of ['li.na', 'chen.chen', 'zhou.jie']) await come(appliance, admin, made[login].id);
  [manager, rep, assistant] = await Promise.all(
    [['li.na', DESK], ['chen.chen', PHONE], ['zhou.jie', PHONE]].map(async ([login, viewport]) => {
      const page = await open(browser, { viewport });
      await signIn(page, appliance, login);
      return page;
    }),
  );
  client = (await ask(rep, 'POST', '/clients', { name: '市一院', industry: '医院', stage: '报价' })).id;
  call = await converse(rep, client, 3, { objection: true, topics: ['集采'], notes: '', outcome: null });
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

/** Anew, so that what was made without the page is there. */
async function at(page, path) {
  await page.goto('about:blank');
  await page.goto(`${appliance.url}/#/${path}`);
}

function calm(page) {
  assert.deepEqual(page.strays, { requests: [], complaints: [] });
  page.strays.complaints.length = 0;
}

test('a study is begun, shows how calls are divided, and ends', { timeout: 90_000 }, async () => {
  await at(manager, 'board');
  await manager.getByRole('link', { name: '有没有用', exact: true }).click();
  await manager.getByRole('heading', { name: '还没有比过' }).waitFor();
  await manager.getByRole('radio', { name: /^100 次里 50 次/ }).check();
  await manager.getByLabel('先旁听几天').fill('91');
  await manager.getByRole('button', { name: '开始比' }).click();
  await manager.getByText('填 0 到 90 的整数。').waitFor();
  await manager.getByLabel('先旁听几天').fill('0');
  await manager.getByRole('button', { name: '开始比' }).click();
  await manager.getByRole('heading', { name: '样本不足：对照 0 / 1094' }).waitFor();
  await manager.getByText('比到第 1 天，50% 的对话不提示').waitFor();
  // Which arm the only call is in is for the lot to say.
  await converse(rep, client, 2);
  await at(manager, 'effect');
  await manager.getByRole('table').waitFor();
  const arms = await manager.locator('table thead th').allInnerTexts();
  assert.ok(arms.length === 1 && ['有提示', '没提示'].includes(arms[0]), arms.join());
  assert.equal(await manager.getByRole('row', { name: /^对话/ }).locator('td').innerText(), '1');
  await manager.getByRole('button', { name: '结束', exact: true }).click();
  await manager.getByRole('button', { name: '结束，不再比' }).click();
  await manager.getByText('结束了，每次对话都有提示').waitFor();
  await manager.getByRole('heading', { name: '以前比过的' }).waitFor();
  calm(manager);
});

test('a rep sees nothing of studies', { timeout: 30_000 }, async () => {
  await at(rep, 'board');
  await rep.locator('main nav a').first().waitFor();
  assert.deepEqual(await rep.locator('main nav a').allInnerTexts(), ['迟疑', '只给自己看']);
  await at(rep, 'effect');
  await rep.getByRole('heading', { name: '这一页给主管和管理员' }).waitFor();
  calm(rep);
});

test('what a rep shares of a call the manager sees, and not before', { timeout: 60_000 }, async () => {
  await at(manager, 'board');
  await manager.getByText('还没有。谈完以后，谁愿意，谁就给团队看。').waitFor();
  await at(rep, `call/${call}/summary`);
  const share = rep.getByRole('switch', { name: /^给团队看/ });
  assert.equal(await share.isChecked(), false);
  await share.click();
  await rep.getByText('给团队看了').first().waitFor();
  await rep.getByLabel('留言', { exact: true }).fill('集采之后再谈');
  await rep.getByRole('switch', { name: /^这不是迟疑/ }).click();
  await rep.getByText('记下了：这不是迟疑').waitFor();
  await at(manager, 'board');
  const seen = manager.locator('.seen li');
  await seen.waitFor();
  const text = await seen.innerText();
  for (const part of ['市一院', '集采', '谈的人说：不是迟疑', '集采之后再谈']) assert.ok(text.includes(part), text);
  // Taken back, it is gone.
  await at(rep, `call/${call}/summary`);
  await share.waitFor();
  assert.equal(await share.isChecked(), true);
  assert.equal(await rep.getByLabel('留言', { exact: true }).inputValue(), '集采之后再谈');
  await share.click();
  await rep.getByText('不给团队看了').waitFor();
  await at(manager, 'board');
  await manager.getByText('还没有。谈完以后，谁愿意，谁就给团队看。').waitFor();
  calm(rep);
  calm(manager);
});

test('a colleague is asked for something and ticks it off', { timeout: 60_000 }, async () => {
  await at(manager, `client/${client}`);
  await manager.getByRole('button', { name: '请同事帮忙' }).click();
  await manager.getByRole('button', { name: '发过去' }).click();
  await manager.getByText('选一位同事，或者您自己。').waitFor();
  await manager.getByLabel('请谁').selectOption({ label: '陈晨 · 销售' });
  await manager.getByLabel('做什么').fill('今晚视频答疑');
  await manager.getByLabel('资料的地址').fill('nas/集采');
  await manager.getByRole('button', { name: '发过去' }).click();
  await manager.getByText('填一个完整的地址，以 https:// 开头。').waitFor();
  await manager.getByLabel('资料的地址').fill('https://files.example/vbp.pdf');
  await manager.getByRole('button', { name: '发过去' }).click();
  await manager.getByText('告诉 陈晨 了').waitFor();
  await manager.getByRole('checkbox', { name: /今晚视频答疑/ }).waitFor();

  await at(rep, 'today');
  const mine = rep.getByRole('checkbox', { name: /今晚视频答疑/ });
  await mine.waitFor();
  assert.equal(await rep.getByRole('link', { name: '打开资料' }).getAttribute('href'), 'https://files.example/vbp.pdf');
  await rep.getByText('李娜 请您做').waitFor();
  await mine.click();
  await rep.getByText('做完了：今晚视频答疑').waitFor();
  await rep.getByRole('button', { name: '撤销' }).click();
  await rep.getByText('又没做完：今晚视频答疑').waitFor();
  await rep.getByRole('checkbox', { name: /今晚视频答疑/, checked: false }).click();
  await rep.getByText('这周做完的 1 件').waitFor();
  await at(manager, `client/${client}`);
  await manager.getByText('做完的 1 件').waitFor();
  calm(rep);
  calm(manager);
});

test('whoever visits nobody finds what is asked of them in a place of its own', { timeout: 60_000 }, async () => {
  const { items } = await ask(admin, 'GET', '/people');
  const assignee = items.find(({ login }) => login === 'zhou.jie').id;
  await ask(rep, 'POST', '/actions', { client, title: '整理集采资料', assignee });
  await at(assistant, '');
  await assistant.getByRole('link', { name: /^要做的事/ }).first().click();
  await assistant.getByRole('checkbox', { name: /整理集采资料/ }).click();
  await assistant.getByText('做完了：整理集采资料').waitFor();
  // The page is open while the next one is asked.
  await ask(rep, 'POST', '/actions', { client, title: '约下周的演示', assignee });
  await assistant.getByRole('checkbox', { name: /约下周的演示/ }).waitFor();
  calm(assistant);
});

test('a rule is switched off with a reason, says so, and is overruled', { timeout: 60_000 }, async () => {
  await at(assistant, 'rules');
  const rule = assistant.locator('[data-rule=talk-share]');
  await rule.getByText('还没人评过').waitFor();
  await rule.getByRole('button', { name: '关掉' }).click();
  const dialog = assistant.getByRole('dialog');
  await dialog.getByRole('button', { name: '关掉' }).click();
  await dialog.getByText('写一句为什么，400 个字以内。').waitFor();
  await dialog.getByLabel('为什么').fill('大家都练过了');
  await dialog.getByRole('button', { name: '关掉' }).click();
  await rule.getByText('周洁 关的：大家都练过了').waitFor();
  // Its own words, though the playbook that calls follow does not have it now.
  await rule.getByText('您讲得比较多：请对方多说说').waitFor();
  await at(manager, 'rules');
  await manager.locator('[data-rule=talk-share]').getByText('大家都练过了').waitFor();
  assert.equal(await manager.locator('[data-rule=talk-share] button').count(), 0, 'managers see it and do not switch');
  await rule.getByRole('button', { name: '打开' }).click();
  await dialog.getByLabel('为什么').fill('来了新同事');
  await dialog.getByRole('button', { name: '打开' }).click();
  await rule.getByText('周洁 打开的，重新数：来了新同事').waitFor();
  calm(assistant);
  calm(manager);
});

test('reps see their own weeks, with a table behind each chart', { timeout: 60_000 }, async () => {
  await at(rep, 'coaching');
  await rep.getByText('只有您看得到：主管看不到，不排名，也导不出。').waitFor();
  await rep.getByText('最近半年谈了 2 次').waitFor();
  const charts = await rep.locator('.course[aria-hidden]').count();
  assert.ok(charts > 0);
  assert.equal(await rep.getByText('表', { exact: true }).count(), charts);
  calm(rep);
});

test('the log says what was done in words', { timeout: 60_000 }, async () => {
  await at(admin, 'audit');
  await admin.locator('main li').first().waitFor();
  const text = await admin.locator('main').innerText();
  for (const part of ['开始比提示有没有用', '给对话抽了签', '开关了一条提示', '勾了要做的事', '看了看板', '说了对话给不给团队看']) assert.ok(text.includes(part), part);
  assert.doesNotMatch(text, /[a-z]+\.[a-z_]+/);
  calm(admin);
});
