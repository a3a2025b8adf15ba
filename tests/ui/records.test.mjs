// Tables, records, forms, design and import in a real browser against the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance, day } from './appliance.mjs';
import { serious, usable } from './axe.mjs';
import { anew, DESK, launch, open, PHONE } from './browser.mjs';
import { ask, come, hire, settle, signIn } from './company.mjs';
import { calm, settled, until } from './states.mjs';

let appliance;
let browser;
/** Signed in, at a desk. */
let desk;
const ids = {};

const add = async (table, values) => (await ask(desk, 'POST', `/tables/${table}/records`, { values })).id;
const read = (table, id) => ask(desk, 'GET', `/tables/${table}/records/${id}`);
const cell = (page, row, column) => page.locator(`[role=gridcell][id$="-${row}-${column}"]`);
const grid = async (page, path) => {
  await anew(page, `${appliance.url}/#/data/${path}`);
  await cell(page, 0, 0).waitFor();
};

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  desk = await open(browser, { viewport: DESK });
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

test('a cell is typed over as people type, kept, and taken back', { timeout: 240_000 }, async () => {
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

test('what was copied from a spreadsheet is pasted, and what fits no field is marked', { timeout: 240_000 }, async () => {
  await desk.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await grid(desk, 'leads?sort=title&cols=title,client,status,amount');
  const title = await cell(desk, 0, 0).innerText();
  await desk.evaluate(() => navigator.clipboard.writeText('永康五金城\t已成交\t3.2万\n没有这一家\t已流失\t1'));
  await cell(desk, 0, 1).click();
  await desk.keyboard.press('Control+v');
  await desk.locator('[aria-invalid=true]').waitFor();
  const first = async () => {
    const { client, status, amount } = (await read('leads', ids[title.trim()])).values;
    return [client, status, amount].join();
  };
  await until(first, [ids.other, '已成交', 3_200_000].join(), 'what fits is kept');
  await until(() => cell(desk, 1, 1).getAttribute('aria-invalid'), 'true', 'what does not is marked');
  await cell(desk, 1, 2).getByText('已流失').waitFor();
  await desk.getByRole('button', { name: '撤销' }).click();
  await until(async () => (await read('leads', ids[title.trim()])).values.client, ids.client, 'all of it is taken back');
});

test('a filter reads as a sentence, stands in the address and is asked of the appliance', { timeout: 240_000 }, async () => {
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

test('two who change one field see both values and choose', { timeout: 240_000 }, async () => {
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

test('a form on a phone says what a deadline was understood as, and what is missing', { timeout: 240_000 }, async () => {
  const { made: people } = await hire(desk);
  await come(appliance, desk, people['chen.chen'].id);
  const phone = await open(browser, { viewport: PHONE });
  await signIn(phone, appliance, 'chen.chen');
  await anew(phone, `${appliance.url}/#/data/service_items/new`);
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
  // The organisation's day, wherever the browser is.
  assert.equal(made.values.due, day(1));
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), PHONE.width, 'nothing sticks out');
  await phone.context().close();
});

test('a field is drawn up, seen as what will change, published, filled, rolled back and there again', { timeout: 240_000 }, async () => {
  await anew(desk, `${appliance.url}/#/design/leads`);
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

test('fields and the levels of a tree are arranged with keys, and a draft waits without being in force', { timeout: 240_000 }, async () => {
  await anew(desk, `${appliance.url}/#/design/clients`);
  const handle = (name) => desk.getByRole('button', { name: `移动${name}`, exact: true });
  await handle('等级').focus();
  await desk.keyboard.press('ArrowUp');
  await desk.getByText('1 处改动未发布').waitFor();
  await desk.locator('summary').filter({ hasText: '行业' }).click();
  await handle('新能源电池').focus();
  await desk.keyboard.press('ArrowLeft');
  await desk.getByText('2 处改动未发布').waitFor();
  await desk.getByRole('button', { name: '保存草稿' }).click();
  await desk.getByText('草稿已保存，尚未发布').waitFor();
  const parent = async () => (await ask(desk, 'GET', '/tables')).items.find(({ key }) => key === 'clients').fields.find(({ key }) => key === 'industry').options.find(({ key }) => key === '新能源电池').parent;
  assert.equal(await parent(), '汽车', 'nothing is in force');
  await desk.reload();
  await desk.getByText('2 处改动未发布').waitFor();
  await desk.getByRole('button', { name: '放弃改动' }).click();
  await until(() => desk.getByText('处改动未发布').count(), 0, 'nothing is left');
  await desk.getByText('改动已放弃').waitFor();
  await desk.reload();
  await desk.getByRole('heading', { name: '客户档案' }).waitFor();
  await until(() => desk.getByText('处改动未发布').count(), 0, 'and nothing comes back');
});

test('an import is tried first, its faults are mended in place, and nothing is there before', { timeout: 240_000 }, async () => {
  await anew(desk, `${appliance.url}/#/data/clients/import`);
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

test('an import is taken back whole', { timeout: 240_000 }, async () => {
  await anew(desk, `${appliance.url}/#/data/products/import`);
  await desk.locator('input[type=file]').setInputFiles({ name: '产品.csv', mimeType: 'text/csv', buffer: Buffer.from('编码,名称\nP1,刹车片\nP2,机油\n') });
  await desk.getByRole('button', { name: '导入 2 行' }).click();
  await desk.getByText('导入完成：新增 2 条').waitFor();
  const count = async () => (await ask(desk, 'GET', '/tables/products/records')).items.length;
  assert.equal(await count(), 2);
  await desk.getByRole('button', { name: '撤销本次导入' }).click();
  await desk.getByText('导入已撤销：2 条恢复原样').waitFor();
  assert.equal(await count(), 0);
});

test('a large import says how far it is, and is stopped and taken back', { timeout: 240_000 }, async (t) => {
  t.after(() => desk.unrouteAll());
  const job = { import: 7, state: 'going_on', problem: null, rows: 5000, created: 1500, changed: 0, unchanged: 0, rejected: 2, deleted: 0, restored: 0, kept: 0, result: null };
  let stopped = false;
  await desk.route('**/tables/products/import?**', (route) => (route.request().url().includes('dry_run=false') ? route.fulfill({ status: 202, json: job }) : route.continue()));
  await desk.route('**/tables/products/imports/7', (route) => {
    if (route.request().method() === 'DELETE') stopped = true;
    return route.fulfill({ status: 200, json: stopped ? { ...job, state: 'cancelled' } : { ...job, created: 2498 } });
  });
  await anew(desk, `${appliance.url}/#/data/products/import`);
  await desk.locator('input[type=file]').setInputFiles({ name: '产品.csv', mimeType: 'text/csv', buffer: Buffer.from('编码,名称\nP1,刹车片\n') });
  await desk.getByRole('button', { name: '导入 1 行' }).click();
  await desk.getByText('2,500 / 5,000 行').waitFor();
  await desk.getByRole('button', { name: '停止并撤回' }).click();
  await desk.getByText('导入已停止').waitFor();
});

test('a list stands in groups with their counts, a group is shut, and the columns are kept in a view', { timeout: 240_000 }, async () => {
  await grid(desk, 'leads?cols=title,status,amount');
  await desk.getByLabel('按哪个字段分组').selectOption('status');
  const head = (name) => desk.locator('.group').filter({ hasText: name }).getByRole('button');
  await head('已联系').waitFor();
  assert.match(await head('已联系').innerText(), /1$/);
  await head('已联系').click();
  await until(() => head('已联系').getAttribute('aria-expanded'), 'false', 'shut');
  await until(() => desk.locator('.body .row:not(.group)').filter({ hasText: '影像系统升级' }).count(), 0, 'its records are not drawn');
  await head('已联系').focus();
  await desk.keyboard.press('Enter');
  await until(() => desk.locator('.body .row:not(.group)').filter({ hasText: '影像系统升级' }).count(), 1, 'and with the keyboard they are there again');

  const first = await desk.locator('[role=columnheader] .name').first().innerText();
  const names = () => desk.locator('[role=columnheader] .name').allInnerTexts();
  const widths = async () => (await desk.locator('[role=columnheader]').nth(1).boundingBox()).width;
  await desk.locator('[role=columnheader]').filter({ hasText: '预计金额' }).click({ button: 'right' });
  await desk.getByRole('menuitem', { name: '左移' }).click();
  const moved = (await names()).join();
  await until(async () => (await names()).join(), `${first},预计金额,状态`, `moved: ${moved}`);
  const before = await widths();
  await desk.locator('[role=columnheader]').filter({ hasText: first }).click({ button: 'right' });
  await desk.getByRole('menuitem', { name: '加宽' }).click();
  await until(widths, before + 48, 'widened');
  await desk.getByRole('button', { name: '保存视图' }).click();
  await desk.getByLabel('视图名称').fill('按状态看金额');
  await desk.getByRole('button', { name: '保存为新视图' }).click();
  await desk.getByRole('button', { name: '按状态看金额', exact: true }).waitFor();
  await desk.evaluate(() => localStorage.removeItem('undertone.widths'));
  await desk.reload();
  await head('已联系').waitFor();
  await until(async () => (await names()).join(), `${first},预计金额,状态`, 'the view says its columns');
  await until(widths, before + 48, 'and its widths');
  await desk.locator('.menu summary').click();
  await desk.getByRole('button', { name: '删除视图“按状态看金额”' }).click();
  await until(() => desk.getByRole('button', { name: '按状态看金额', exact: true }).count(), 0, 'gone');
});

test('many rows are changed at once, and Ctrl+Z takes all of it back', { timeout: 240_000 }, async () => {
  await grid(desk, 'leads?cols=title,source');
  await desk.getByLabel('全选').check();
  await desk.getByRole('button', { name: '批量修改' }).click();
  await desk.getByLabel('字段', { exact: true }).selectOption('source');
  await desk.getByText('展会', { exact: true }).click();
  await desk.getByRole('button', { name: /^修改 3 条$/ }).click();
  const sources = async () => (await ask(desk, 'GET', '/tables/leads/records?sort=title')).items.map(({ values }) => values.source ?? null).join();
  await until(sources, '展会,展会,展会', 'all of them');
  await desk.getByText('已修改 3 条').waitFor();
  await desk.keyboard.press('Control+z');
  await until(sources, ',,', 'taken back');
});

test('what is late for a client stands on top, is finished with one touch, and all of it is one line of time', { timeout: 240_000 }, async () => {
  await add('service_items', { client: ids.client, text: '赠品还没到', due: '2020-01-01', state: '待处理' });
  await anew(desk, `${appliance.url}/#/data/clients/${ids.client}`);
  await desk.getByText('1 项逾期').waitFor();
  await desk.getByRole('heading', { name: '动态' }).waitFor();
  await desk.getByText('服务跟进 · 赠品还没到').waitFor();
  await desk.getByRole('button', { name: '完成“赠品还没到”' }).click();
  await until(() => desk.getByText('1 项逾期').count(), 0, 'nothing is late');
  await desk.getByText('已标为“已解决”').waitFor();
  await desk.keyboard.press('Control+z');
  await desk.getByText('1 项逾期').waitFor();
});

test('anything is found from anywhere with Ctrl+K', { timeout: 240_000 }, async () => {
  await anew(desk, `${appliance.url}/#/data`);
  await desk.getByRole('heading', { name: '数据表' }).waitFor();
  await desk.keyboard.press('Control+k');
  await desk.locator('[role=combobox]:focus').waitFor();
  // What is typed is what is meant, even where the answer is still on its way.
  await desk.keyboard.type('hdyy');
  await desk.keyboard.press('Enter');
  await desk.getByRole('heading', { name: '华东医药' }).waitFor();
  assert.match(desk.url(), new RegExp(`#/data/clients/${ids.client}$`));
});

test('axe: tables, records, forms and the designer, on a phone and on a desk', { timeout: 240_000 }, async () => {
  const storageState = await desk.context().storageState();
  const paths = ['data', 'data/leads?by=status', 'data/leads?as=kanban', 'data/leads?as=calendar', 'data/service_items?as=gantt', `data/clients/${ids.client}`, 'data/leads/new', 'data/clients/import', 'design', 'design/clients', 'design/leads?part=forms', 'design/leads?part=views', 'design/leads?part=access', 'design/leads?part=history'];
  const look = async (more, check) => {
    const page = await open(browser, { ...more, storageState });
    for (const path of paths) {
      await anew(page, `${appliance.url}/#/${path}`);
      await page.locator('main h1').waitFor();
      await settled(page);
      if (path.endsWith('import')) {
        await page.locator('input[type=file]').setInputFiles({ name: '客户.csv', mimeType: 'text/csv', buffer: Buffer.from('客户名称,等级\n宁波汽修,Z级\n') });
        await page.locator('table').waitFor();
      }
      await check(page, path);
    }
    await page.context().close();
  };
  await Promise.all([
    look({ viewport: PHONE, theme: 'light', lang: 'zh' }, usable),
    // A spreadsheet at a desk is worked with a mouse and keys: its cells are smaller than a thumb.
    look({ viewport: DESK, theme: 'dark', lang: 'en' }, async (page, path) => assert.deepEqual(await serious(page), [], path)),
  ]);
});

test('nothing was complained of on the way', () => calm(desk, 404, 409, 422));
