// Four days as people have them: a newcomer, an admin's first hour, a rep's day on a phone, a manager's morning. Every
// touch counts: what is done often takes few. Typing is not counted; choosing a file is one. With SCREENS set to a folder,
// each stage leaves a picture there.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Appliance, noon } from './appliance.mjs';
import { anew, DESK, fakeMicrophone, launch, open, PHONE } from './browser.mjs';
import { ask, come, converse, hire, PASSWORD, settle, signIn } from './company.mjs';
import { at, place } from './rounds.mjs';
import { workbook } from './sheet.mjs';
import { calm, settled, until } from './states.mjs';

const SOFTWARE = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const CLIENT = '滨江宏远汽配厂';

let browser;
let appliance;
let admin;
let hired;

before(async () => {
  browser = await launch([...SOFTWARE, ...fakeMicrophone()]);
  appliance = await Appliance.start();
  admin = await open(browser, { viewport: DESK });
  await settle(admin, appliance);
  hired = await hire(admin);
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

/** Touches of one task, held against what it may take. */
class Taps {
  constructor(task, most) {
    Object.assign(this, { task, most, count: 0 });
  }

  async on(target) {
    this.count += 1;
    await target.click();
  }

  /** The picker of files is one touch. */
  async file(target, file) {
    this.count += 1;
    await target.setInputFiles(file);
  }

  end(t) {
    t.diagnostic(`${this.task}: ${this.count} taps of ${this.most}`);
    assert.ok(this.count <= this.most, `${this.task} took ${this.count} taps, ${this.most} are enough`);
  }
}

async function picture(page, name) {
  const folder = process.env.SCREENS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await settled(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { name, level: 1 }).waitFor();

/** The same window after a touch that the browser makes, such as a bookmark. */
async function from(page, path) {
  await anew(page, `${appliance.url}/#/${path}`);
}

test('a newcomer reads what this is, takes the invitation and stands in the day', { timeout: 240_000 }, async (t) => {
  const page = await open(browser, { viewport: PHONE });
  await page.goto(appliance.url);
  await page.getByText('销售团队的一天，在一个页面里').waitFor();
  await picture(page, 'newcomer-signin');
  const { path } = await ask(admin, 'POST', `/people/${hired.made['chen.chen'].id}/invitation`);
  await page.goto(appliance.url + path);
  const taps = new Taps('join by invitation', 1);
  await page.locator('input[autocomplete=new-password]').fill(PASSWORD);
  await taps.on(page.locator('button[type=submit]'));
  await heading(page, '今天');
  taps.end(t);
  await picture(page, 'newcomer-home');
  await page.context().close();
});

test('an admin sees what is missing and imports a dirty Excel file of clients', { timeout: 240_000 }, async (t) => {
  await from(admin, '');
  await heading(admin, '设置清单');
  await picture(admin, 'admin-home');
  const taps = new Taps('import of a dirty Excel file', 3);
  await taps.on(admin.locator('[data-step=clients] a, [data-step=clients] button').first());
  await heading(admin, '导入客户档案');
  // A title over the header, a column nobody knows, an empty row, a grade that is none.
  const rows = [['2026 年客户清单'], [], ['名称', '等级', '行业', '备注'], [CLIENT, 'A', '汽车', '老客户'], ['华星仪表', 'B', '', ''], [], ['江南精密', '特级', '', '']];
  const mimeType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const file = { name: '客户.xlsx', mimeType, buffer: workbook(rows) };
  await taps.file(admin.locator('input[type=file]'), file);
  await admin.getByText('特级').first().waitFor();
  await picture(admin, 'admin-import');
  await taps.on(admin.getByRole('button', { name: /^导入/ }).first());
  await admin.getByText('导入完成：新增 2 条，更新 0 条').waitFor();
  const { items } = await ask(admin, 'GET', '/tables/clients/records');
  assert.deepEqual(items.map(({ values }) => values.name).sort(), ['华星仪表', CLIENT].sort());
  taps.end(t);
});

test('a rep’s day on a phone: check in, say how it was, talk from the brief', { timeout: 240_000 }, async (t) => {
  const { items } = await ask(admin, 'GET', '/tables/clients/records');
  const rep = hired.made['chen.chen'].id;
  for (const [n, name] of [CLIENT, '华星仪表'].entries()) {
    const client = items.find(({ values }) => values.name === name);
    await ask(admin, 'PATCH', `/tables/clients/records/${client.id}`, { values: { owner: rep } }, { 'if-match': `"v${client.version}"` });
    const site = { client: client.id, name, datum: 'wgs84', radius_m: 60, ...place(420 * n, 0) };
    assert.ok((await ask(admin, 'POST', '/sites', site)).id);
  }
  const page = await open(browser, { viewport: PHONE, geolocation: at(3, 4), permissions: ['geolocation', 'microphone'], timezoneId: noon() });
  await signIn(page, appliance, 'chen.chen');
  await from(page, '');
  await heading(page, '今天');

  const checkIn = new Taps('check-in', 2);
  await checkIn.on(button(page, '签到'));
  await checkIn.on(page.locator('dialog .one', { hasText: CLIENT }));
  await page.getByText(`已签到：${CLIENT}`).waitFor();
  checkIn.end(t);
  await picture(page, 'rep-checked-in');
  const note = new Taps('check-in with note and next step', 4);
  note.count = checkIn.count;
  await page.getByLabel('拜访情况').fill('见了李主任，对交期有顾虑');
  await note.on(page.getByLabel('下一步（选填）'));
  await page.getByLabel('下一步（选填）').fill('送样品');
  await picture(page, 'rep-note');
  await note.on(page.locator('dialog').getByRole('button', { name: '保存' }));
  await page.getByText('已保存，下一步已加入待办').waitFor();
  await page.getByRole('checkbox', { name: /送样品（见了李主任，对交期有顾虑）/ }).waitFor();
  note.end(t);
  await picture(page, 'rep-day');

  // 420 m further on, a minute later: another visit; taken back, nothing is left of it.
  await page.context().setGeolocation(at(420, 3));
  await button(page, '签到').click();
  await page.locator('dialog .one', { hasText: '华星仪表' }).click();
  await page.locator('dialog').getByText('已签到：华星仪表').waitFor();
  await until(() => page.locator('main li h3', { hasText: CLIENT }).count(), 1, 'the first visit stays');
  await page.locator('dialog').getByRole('button', { name: '撤销' }).click();
  await page.getByText('已撤销签到').waitFor();
  await page.locator('main li h3', { hasText: '华星仪表' }).waitFor({ state: 'detached' });
  await button(page, `签退：${CLIENT}`).click();
  await button(page, `签退：${CLIENT}`).waitFor({ state: 'detached' });

  await button(page, `资料：${CLIENT}`).click();
  const call = new Taps('call from the brief', 2);
  await picture(page, 'rep-brief');
  await call.on(page.getByRole('button', { name: '已告知，开始沟通' }));
  const start = page.locator('.start').getByRole('button', { name: '开始沟通' });
  await page.locator('.start button:not([aria-disabled=true])').waitFor();
  await picture(page, 'rep-prepare');
  await call.on(start);
  await page.getByText(`与 ${CLIENT} 沟通`).waitFor();
  call.end(t);
  await picture(page, 'rep-call');
  await button(page, '结束').click();
  await page.getByText('未录音凭证').first().waitFor();
  await picture(page, 'rep-summary');
  await page.context().close();
});

test('a manager’s morning: the overdue client becomes a task, the board has something to say', { timeout: 240_000 }, async (t) => {
  await come(appliance, admin, hired.made['li.na'].id);
  const page = await open(browser, { viewport: DESK });
  await signIn(page, appliance, 'li.na');
  await from(page, '');
  await heading(page, '团队');
  await picture(page, 'manager-team');
  const task = new Taps('overdue client to task', 2);
  await task.on(page.getByRole('button', { name: '安排跟进：华星仪表' }));
  await page.getByLabel('待办内容').fill('约下周拜访');
  await page.getByRole('textbox', { name: '截止时间' }).fill('2099年2月18日');
  await picture(page, 'manager-task');
  await task.on(page.getByRole('button', { name: '发送' }));
  await page.getByText('已通知 陈晨').waitFor();
  task.end(t);

  await from(page, 'board');
  for (const [tile, text] of [['late', '0 项'], ['visits', '1 次'], ['coverage', '50%'], ['outcomes', '1 次']]) {
    await page.locator(`[data-tile=${tile}] .figure`, { hasText: text }).waitFor();
  }
  await picture(page, 'manager-board');
  for (const by of ['行业', '阶段', '话题', '周']) await page.getByRole('group', { name: '分组方式' }).getByRole('button', { name: by, exact: true }).click();
  calm(page);
  await page.context().close();
});
