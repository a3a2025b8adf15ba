// A company's base tables and its form for phones, drawn up from an empty base by an assistant, one touch at a time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from '../appliance.mjs';
import { DESK, launch, open, PHONE } from '../browser.mjs';
import { ask, come, hire, settle, signIn } from '../company.mjs';

const STEPS_MAX = 60;

let appliance;
let browser;
let admin;
let desk;
let steps = 0;

const counted = async (deed) => {
  steps += 1;
  await deed();
};
const button = (name, more = {}) => desk.getByRole('button', { name, exact: true, ...more });
const touch = (name) => counted(() => button(name).click());
const fill = (label, text) => counted(() => desk.getByLabel(label, { exact: true }).fill(text));
const choose = (label, title) => counted(() => desk.getByLabel(label, { exact: true }).selectOption({ label: title }));

const newTable = async (name) => {
  await counted(() => desk.goto(`${appliance.url}/#/design`));
  await fill('数据表名称', name);
  await touch('创建');
  await desk.getByRole('heading', { name, exact: true }).waitFor();
};
const field = async (kind, name) => {
  await touch(kind);
  if (name !== undefined) await fill('中文名称', name);
};
const options = (text) => fill('新选项', text);
const publish = async () => {
  await touch('发布');
  await counted(() => desk.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click());
  await desk.getByText('已发布', { exact: true }).waitFor();
};

before(async () => {
  appliance = await Appliance.start({}, ['--pack', 'none']);
  browser = await launch();
  admin = await open(browser, { viewport: DESK });
  await settle(admin, appliance);
  const { made } = await hire(admin);
  for (const login of ['zhou.jie', 'chen.chen']) await come(appliance, admin, made[login].id);
  desk = await open(browser, { viewport: DESK });
  desk.setDefaultTimeout(10_000);
  await signIn(desk, appliance, 'zhou.jie');
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

test('three base tables and a form for phones take an assistant at most sixty steps', { timeout: 240_000 }, async (context) => {
  assert.deepEqual((await ask(desk, 'GET', '/tables')).items, [], 'nothing is there');

  await newTable('客户档案');
  await field('分级选项', '行业标签');
  await options('制造业→汽车→新能源电池\n教育→教育局\n');
  await field('单选', '账期规则');
  await options('票后30天\n票后60天\n月结30天\n');
  await field('单选', '决策链角色');
  await options('决策人\n使用人\n技术把关\n财务\n');
  await publish();

  await newTable('销售线索');
  await field('单选', '来源渠道');
  await options('展会\n转介绍\n官网\n');
  await field('单选', '初筛状态');
  await options('待筛\n有效\n无效\n');
  await field('日期', '分配时间');
  await field('关联记录');
  await publish();

  await newTable('跟进行动');
  await field('关联记录');
  await choose('关联到', '销售线索');
  await field('单选', '动作类型');
  await options('拜访\n电话\n合同条款确认\n');
  await field('成员', '责任人');
  await field('文字', '预期结果');
  await field('关联记录');
  await field('带格式文字', '沟通记录');
  await field('多张照片', '现场照片');
  await publish();

  await touch('表单');
  await touch('“沟通记录”可口述');
  await choose('添加字段到表单', '说明文字');
  await touch('发布表单');
  await desk.waitForResponse((response) => /revisions\/\d+\/publish$/.test(response.url()) && response.ok());

  context.diagnostic(`${steps} interface steps`);
  assert.ok(steps <= STEPS_MAX, `${steps} steps`);

  const { items } = await ask(desk, 'GET', '/tables');
  const of = (label) => items.find((table) => table.label.zh === label);
  assert.deepEqual(of('客户档案').fields.map(({ label, kind }) => [label.zh, kind]), [['名称', 'text'], ['行业标签', 'tree'], ['账期规则', 'choice'], ['决策链角色', 'choice']]);
  const industries = of('客户档案').fields[1].options.map(({ key, parent }) => [key, parent]);
  assert.deepEqual(industries, [['制造业', null], ['汽车', '制造业'], ['新能源电池', '汽车'], ['教育', null], ['教育局', '教育']]);
  assert.deepEqual(of('跟进行动').fields.filter(({ kind }) => kind === 'link').map(({ label, to }) => [label.zh, to]), [['销售线索', of('销售线索').key], ['客户档案', of('客户档案').key]]);
  assert.equal(of('跟进行动').forms.length, 1);
});

test('a colleague fills the form in on a phone, with a photo, and the filter on the tree finds the leaf', { timeout: 60_000 }, async () => {
  const { items } = await ask(desk, 'GET', '/tables');
  const of = (label) => items.find((table) => table.label.zh === label);
  const client = await ask(desk, 'POST', `/tables/${of('客户档案').key}/records`, { values: { name: '宁波电芯厂', [of('客户档案').fields[1].key]: '新能源电池' } });
  const under = `under(${of('客户档案').fields[1].key}, "制造业")`;
  const found = await ask(desk, 'GET', `/tables/${of('客户档案').key}/records?filter=${encodeURIComponent(under)}`);
  assert.deepEqual(found.items.map(({ id }) => id), [client.id]);

  const phone = await open(browser, { viewport: PHONE });
  phone.setDefaultTimeout(10_000);
  await signIn(phone, appliance, 'chen.chen');
  await phone.goto(`${appliance.url}/#/data/${of('跟进行动').key}/new`);
  await phone.getByLabel('名称').fill('回访电芯厂');
  await phone.getByText('合同条款确认').click();
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  await phone.locator('input[type=file]').setInputFiles({ name: '现场.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
  await phone.locator('.photo img').waitFor();
  assert.ok(await phone.locator('.photo img').evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'it is seen before it is saved');
  await phone.getByRole('button', { name: '保存' }).click();
  await phone.getByRole('heading', { name: '回访电芯厂' }).waitFor();
  await phone.locator('dd img').waitFor();
  assert.ok(await phone.locator('dd img').evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'the photo is there');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth), PHONE.width, 'nothing sticks out');
  assert.deepEqual(phone.strays.complaints, []);
  await phone.context().close();
});

test('an assistant draws up tables and reaches no more: no accounts, no keys', { timeout: 30_000 }, async () => {
  const refused = async (method, path, body) => (await ask(desk, method, path, body)).code;
  assert.equal(await refused('POST', '/people', { name: 'x', login: 'x.x', role: 'admin' }), 'not_allowed');
  assert.equal(await refused('POST', '/webhooks', { url: 'https://x.example', topics: ['none'] }), 'not_allowed');
  assert.equal(await refused('GET', '/audit'), 'not_allowed');
  await desk.goto(`${appliance.url}/#/people`);
  await desk.waitForLoadState();
  assert.equal(await desk.getByRole('button', { name: '邀请成员' }).count(), 0);
});

test('nothing was complained of on the way', () => assert.deepEqual(desk.strays.complaints.filter((text) => !/40[349]|422/.test(text)), []));
