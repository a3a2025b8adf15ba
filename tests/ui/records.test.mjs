// Tables, records, forms, design and import in a real browser against the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { DESK, launch, open, PHONE } from './browser.mjs';
import { ask, come, hire, settle, signIn } from './company.mjs';

let appliance;
let browser;
/** Signed in, at a desk. */
let desk;
const ids = {};

const add = async (table, values) => (await ask(desk, 'POST', `/tables/${table}/records`, { values })).id;
const read = (table, id) => ask(desk, 'GET', `/tables/${table}/records/${id}`);
const cell = (page, row, column) => page.locator(`[role=gridcell][id$="-${row}-${column}"]`);
const grid = async (page, path) => {
  await page.goto('about:blank');
  await page.goto(`${appliance.url}/#/data/${path}`);
  await cell(page, 0, 0).waitFor();
};
const until = async (ask, want, what) => {
  let found;
  for (let turn = 0; turn < 50; turn += 1) {
    found = await ask();
    if (found === want) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(found, want, what);
};

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  desk = await open(browser, { viewport: DESK });
  desk.setDefaultTimeout(10_000);
  await settle(desk, appliance);
  ids.client = await add('clients', { name: '华东医药', grade: 'A' });
  ids.other = await add('clients', { name: '永康五金城' });
  for (const [title, status, amount] of [['电池检测线', '新建', 1_234_500], ['影像系统升级', '已联系', 18_640_000], ['年度耗材框架', '已报价', 500_000]]) {
    ids[title] = await add('leads', { title, status, amount, client: ids.client });
  }
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

test('a cell is typed over as people type, kept, and taken back', { timeout: 60_000 }, async () => {
  await grid(desk, 'leads?sort=title&cols=title,client,status,amount');
  const at = await desk.locator('.body .row').evaluateAll((rows) => rows.findIndex((row) => row.textContent.includes('影像系统升级')));
  await cell(desk, at, 3).click();
  await desk.keyboard.press('Enter');
  await desk.keyboard.press('Control+a');
  await desk.keyboard.type('a lot');
  await desk.keyboard.press('Enter');
  await desk.getByText('请输入金额').waitFor();
  await desk.keyboard.press('Control+a');
  await desk.keyboard.type('20.5万');
  await desk.keyboard.press('Enter');
  await until(async () => (await read('leads', ids['影像系统升级'])).values.amount, 20_500_000, 'kept');
  await desk.getByRole('button', { name: '撤销' }).click();
  await until(async () => (await read('leads', ids['影像系统升级'])).values.amount, 18_640_000, 'taken back');
});

test('what was copied from a spreadsheet is pasted, and what fits no field is marked', { timeout: 60_000 }, async () => {
  await desk.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await grid(desk, 'leads?sort=title&cols=title,client,status,amount');
  const title = await cell(desk, 0, 0).innerText();
  await desk.evaluate(() => navigator.clipboard.writeText('永康五金城\t已成交\t3.2万\n没有这一家\t已流失\t1'));
  await cell(desk, 0, 1).click();
  await desk.keyboard.press('Control+v');
  await desk.locator('[aria-invalid=true]').waitFor();
  const first = (await read('leads', ids[title.trim()])).values;
  assert.deepEqual([first.client, first.status, first.amount], [ids.other, '已成交', 3_200_000]);
  assert.equal(await cell(desk, 1, 1).getAttribute('aria-invalid'), 'true');
  await cell(desk, 1, 2).getByText('已流失').waitFor();
  await desk.getByRole('button', { name: '撤销' }).click();
  await until(async () => (await read('leads', ids[title.trim()])).values.client, ids.client, 'all of it is taken back');
});

test('a filter reads as a sentence, stands in the address and is asked of the appliance', { timeout: 60_000 }, async () => {
  await grid(desk, 'leads');
  await desk.getByRole('button', { name: '筛选' }).click();
  await desk.getByRole('button', { name: '添加条件' }).click();
  await desk.getByLabel('字段', { exact: true }).selectOption('amount');
  await desk.getByRole('textbox', { name: '值' }).fill('100000');
  await until(() => desk.locator('.body .row').count(), 1, 'one is that large');
  assert.match(decodeURIComponent(desk.url()), /f=amount\+>=\+10000000/);
  await desk.getByText('1 条', { exact: true }).waitFor();
  await desk.reload();
  await until(() => desk.locator('.body .row').count(), 1, 'the address says it again');
});

test('two who change one field see both values and choose', { timeout: 60_000 }, async () => {
  await grid(desk, 'leads?cols=title,status');
  const at = await desk.locator('.body .row').evaluateAll((rows) => rows.findIndex((row) => row.textContent.includes('电池检测线')));
  const { version } = await read('leads', ids['电池检测线']);
  await ask(desk, 'PATCH', `/tables/leads/records/${ids['电池检测线']}`, { values: { title: '检测线（他们）' } }, { 'if-match': `"v${version}"` });
  await cell(desk, at, 0).click();
  await desk.keyboard.press('F2');
  await desk.keyboard.press('Control+a');
  await desk.keyboard.type('Ours');
  await desk.keyboard.press('Enter');
  const dialog = desk.getByRole('dialog', { name: '有人同时修改了这些字段' });
  await dialog.getByText('检测线（他们）').waitFor();
  await dialog.getByLabel('我的值').check();
  await dialog.getByRole('button', { name: '确定' }).click();
  await until(async () => (await read('leads', ids['电池检测线'])).values.title, 'Ours', 'the own value was chosen');
});

test('a form on a phone says what a deadline was understood as, and what is missing', { timeout: 60_000 }, async () => {
  const { made: people } = await hire(desk);
  await come(appliance, desk, people['chen.chen'].id);
  const phone = await open(browser, { viewport: PHONE });
  phone.setDefaultTimeout(10_000);
  await signIn(phone, appliance, 'chen.chen');
  await phone.goto(`${appliance.url}/#/data/service_items/new`);
  await phone.getByRole('heading', { name: '服务跟进' }).waitFor();
  await phone.getByRole('button', { name: '保存' }).click();
  await phone.getByText('请填写').first().waitFor();
  await phone.getByLabel('客户原话').fill('赠品还没到');
  await phone.getByRole('textbox', { name: /^截止时间/ }).fill('改天');
  await phone.getByRole('button', { name: '保存' }).click();
  await phone.getByText('看不出是哪一天').waitFor();
  await phone.getByRole('textbox', { name: /^截止时间/ }).fill('明天');
  await phone.getByText('，明天').waitFor();
  await phone.getByRole('button', { name: '保存' }).click();
  await phone.getByRole('heading', { name: '赠品还没到' }).waitFor();
  const [made] = (await ask(phone, 'GET', '/tables/service_items/records')).items;
  assert.equal(made.values.text, '赠品还没到');
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000);
  assert.equal(made.values.due, new Date(tomorrow.getTime() - tomorrow.getTimezoneOffset() * 60_000).toISOString().slice(0, 10));
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), PHONE.width, 'nothing sticks out');
  await phone.context().close();
});

test('a field is drawn up, seen as what will change, published, filled, rolled back and there again', { timeout: 120_000 }, async () => {
  await desk.goto(`${appliance.url}/#/design/leads`);
  await desk.getByRole('button', { name: '金额', exact: true }).click();
  await desk.getByLabel('中文名称').fill('折扣额');
  await desk.getByRole('button', { name: '发布' }).click();
  const dialog = desk.getByRole('dialog', { name: '发布以下改动' });
  await dialog.getByText('新增字段“折扣额”').waitFor();
  await dialog.getByRole('button', { name: '发布' }).click();
  await desk.getByText('已发布', { exact: true }).waitFor();
  const key = (await ask(desk, 'GET', '/tables')).items.find((table) => table.key === 'leads').fields.find((field) => field.label.zh === '折扣额').key;
  const { version } = await read('leads', ids['年度耗材框架']);
  await ask(desk, 'PATCH', `/tables/leads/records/${ids['年度耗材框架']}`, { values: { [key]: 700 } }, { 'if-match': `"v${version}"` });
  const has = async () => (await read('leads', ids['年度耗材框架'])).values[key];
  assert.equal(await has(), 700);
  await desk.getByRole('button', { name: '历史版本' }).click();
  await desk.getByRole('button', { name: '退回到此版本' }).first().click();
  await desk.getByText('已退回').waitFor();
  assert.equal(await has(), undefined, 'hidden, not dropped');
  await desk.getByRole('button', { name: '撤销' }).click();
  await until(has, 700, 'its value is there again');
});

test('an import is tried first, its faults are mended in place, and nothing is there before', { timeout: 60_000 }, async () => {
  await desk.goto(`${appliance.url}/#/data/clients/import`);
  const csv = '客户通讯录,\n客户名称,等级\n绍兴第一医院,A级\n宁波汽修,Z级\n合计,2\n';
  await desk.locator('input[type=file]').setInputFiles({ name: '客户.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await desk.getByText('1 行有问题').waitFor();
  const count = async () => (await ask(desk, 'GET', '/tables/clients/records?limit=200')).items.length;
  assert.equal(await count(), 2, 'trying writes nothing');
  await desk.locator('td input[aria-invalid=true]').fill('B');
  await desk.locator('td input').first().focus();
  await desk.getByRole('button', { name: '重新检查' }).click();
  await desk.getByText('0 行有问题').waitFor();
  await desk.getByRole('button', { name: '导入 2 行' }).click();
  await desk.getByText('导入完成：新增 2 条').waitFor();
  assert.equal(await count(), 4);
});

test('anything is found from anywhere with Ctrl+K', { timeout: 60_000 }, async () => {
  await desk.goto(`${appliance.url}/#/data`);
  await desk.getByRole('heading', { name: '数据表' }).waitFor();
  await desk.keyboard.press('Control+k');
  await desk.getByRole('combobox', { name: '搜索记录、页面、操作' }).waitFor();
  await desk.keyboard.type('hdyy');
  await desk.getByRole('option', { name: '华东医药' }).waitFor();
  await desk.keyboard.press('Enter');
  await desk.getByRole('heading', { name: '华东医药' }).waitFor();
  assert.match(desk.url(), new RegExp(`#/data/clients/${ids.client}$`));
});

test('nothing was complained of on the way', () => assert.deepEqual(desk.strays.complaints.filter((text) => !/40[49]|422/.test(text)), []));
