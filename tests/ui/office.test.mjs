// Clients, kept calls and settings as people meet them: found, changed, imported, withdrawn, published, revoked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { anew, DESK, fakeMicrophone, launch, open, PHONE } from './browser.mjs';
import { ask, come, hire, settle, signIn, talk, trade } from './company.mjs';
import { calm } from './states.mjs';

let browser;
let appliance;
/** Each signed in, in a window of their own: an admin, and a rep. */
let admin;
let rep;

before(async () => {
  browser = await launch(fakeMicrophone());
  appliance = await Appliance.start({ UNDERTONE_WEBHOOKS__ALLOW_PRIVATE: 'true' });
  admin = await open(browser, { viewport: DESK });
  await settle(admin, appliance);
  const { made } = await hire(admin);
  await come(appliance, admin, made['chen.chen'].id);
  rep = await open(browser, { viewport: DESK });
  await signIn(rep, appliance, 'chen.chen');
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

/** Anew, so that what was made without the page is there. */
async function at(page, path) {
  await anew(page, `${appliance.url}/#/${path}`);
}

test('each sees only the places that the role may see', { timeout: 240_000 }, async () => {
  const all = (names, wanted) => assert.deepEqual(wanted.filter((name) => !names.includes(name)), [], names.join());
  const none = (names, unwanted) => assert.deepEqual(unwanted.filter((name) => names.includes(name)), [], names.join());
  const front = (page) => page.locator('header nav.places a').allInnerTexts();
  await at(rep, '');
  await rep.getByRole('heading', { name: '今天', level: 1 }).waitFor();
  all(await front(rep), ['今天', '开始沟通', '沟通记录', '客户']);
  none(await front(rep), ['拜访']);
  await at(admin, '');
  await admin.getByText('还有 2 项必需的设置未完成').waitFor();
  assert.deepEqual(await admin.locator('[data-done=false][data-step=joined] .quiet').allInnerTexts().then((all) => all.map((text) => text.includes('李娜'))), [true], 'who has not joined is named');
  all(await front(admin), ['设置清单', '开始沟通', '沟通记录', '客户']);
  await admin.locator('.me').click();
  all(await admin.locator('.menu nav a').allInnerTexts(), ['话术规则', '成员', '操作记录', '设置']);
  await admin.keyboard.press('Escape');
  const phone = await open(browser, { viewport: PHONE, storageState: await rep.context().storageState() });
  await at(phone, '');
  await phone.getByRole('heading', { name: '今天', level: 1 }).waitFor();
  all(await phone.locator('nav a >> visible=true').allInnerTexts(), ['今天', '开始沟通', '沟通记录', '客户']);
  await phone.context().close();
  calm(rep);
  calm(admin);
});

test('a list without clients leads on, and the first is made there', { timeout: 240_000 }, async () => {
  await at(rep, 'clients');
  await rep.getByRole('button', { name: '添加第一家客户' }).click();
  await rep.getByRole('button', { name: '保存', exact: true }).click();
  await rep.getByText('请填写名称').waitFor();
  await rep.getByLabel('名称', { exact: true }).fill('海宁皮革');
  await rep.getByRole('group', { name: '阶段' }).getByText('报价').click();
  assert.equal(await rep.getByRole('group', { name: '等级' }).count(), 0, 'what the role only reads is not asked');
  await rep.getByRole('button', { name: '保存', exact: true }).click();
  await rep.getByRole('heading', { name: '海宁皮革' }).waitFor();
  assert.match(rep.url(), /#\/client\/\d+$/);
  await rep.locator('.list').getByText('海宁皮革').waitFor();
  await rep.getByRole('button', { name: '添加联系人' }).click();
  const dialog = rep.getByRole('dialog');
  await dialog.getByLabel('职务').fill('采购');
  await dialog.getByRole('button', { name: '保存', exact: true }).click();
  await dialog.getByText('请填写姓名').waitFor();
  await dialog.getByLabel('姓名', { exact: true }).fill('吴宁');
  await dialog.getByLabel('电话').fill('0573 8700 0001');
  await dialog.getByRole('button', { name: '保存', exact: true }).click();
  await rep.locator('article').getByRole('link', { name: /吴宁.*采购/ }).waitFor();
  await rep.locator('article').getByRole('link', { name: /给 吴宁 打电话/ }).waitFor();
  await rep.locator('.list .facts').getByText('吴宁').waitFor();
  calm(rep);
});

test('clients are found by first letters, narrowed, and paged', { timeout: 240_000 }, async () => {
  await trade(rep, admin);
  await at(rep, 'clients');
  const names = () => rep.locator('.list .name').allInnerTexts();
  await rep.locator('.list li').nth(5).waitFor();
  await rep.getByRole('searchbox').fill('cqyh');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 1);
  assert.deepEqual(await names(), ['重庆银行']);
  await rep.getByRole('button', { name: '清空' }).click();
  await rep.getByRole('combobox', { name: '行业' }).selectOption('医疗');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 2);
  await rep.getByRole('combobox', { name: '行业' }).selectOption('');
  await rep.getByRole('combobox', { name: '阶段' }).selectOption('报价');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 3);
  assert.deepEqual(await names(), ['海宁皮革', '华东医药', 'Northwind']);
  // The view can be sent: the address holds it, on the list and beside a client.
  await rep.locator('.list li a', { hasText: '华东医药' }).click();
  await rep.locator('article > header h2').waitFor();
  assert.match(decodeURIComponent(rep.url()), /#\/client\/\d+\?stage=报价$/);
  await rep.reload();
  await rep.locator('.list li').nth(2).waitFor();
  assert.deepEqual(await names(), ['海宁皮革', '华东医药', 'Northwind']);
  await rep.getByRole('combobox', { name: '等级' }).selectOption('A');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 1);
  await rep.getByRole('button', { name: '查看全部' }).click();
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 6);
  await rep.getByRole('searchbox').fill('没有的');
  await rep.getByRole('link', { name: '添加“没有的”' }).click();
  assert.equal(await rep.getByLabel('名称', { exact: true }).inputValue(), '没有的');
  const many = Array.from({ length: 55 }, (_, n) => `名单${n}`).join('\n');
  await at(admin, 'clients');
  await admin.getByRole('link', { name: '导入' }).click();
  await admin.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(`名称\n${many}\n`) });
  await admin.getByRole('button', { name: '导入 55 行' }).click();
  await admin.getByText('导入完成：新增 55 条').waitFor();
  await at(admin, 'clients');
  await admin.locator('.list li').nth(49).waitFor();
  await admin.getByRole('button', { name: '加载更多' }).click();
  await admin.locator('.list li').nth(60).waitFor();
  assert.equal(await admin.locator('.list li').count(), 61);
  calm(rep);
  calm(admin);
});

/** The number of a client of that name. */
const numberOf = async (page, name) => {
  const { items } = await ask(page, 'GET', `/tables/clients/records?q=${encodeURIComponent(name)}`);
  return items.find(({ values }) => values.name === name)?.id;
};

test('a field that somebody else changed meanwhile is shown side by side, and one touch is undone', { timeout: 240_000 }, async () => {
  const id = await numberOf(rep, '华东医药');
  const record = `/tables/clients/records/${id}`;
  const card = rep.locator('article');
  await at(rep, `client/${id}`);
  await rep.getByRole('button', { name: '编辑阶段' }).click();
  await card.getByRole('group', { name: '阶段' }).getByText('成交').click();
  await ask(admin, 'PATCH', record, { values: { grade: 'C', stage: '流失' }, base: { grade: 'A', stage: '报价' } });
  await card.getByRole('button', { name: '保存' }).click();
  const dialog = rep.getByRole('dialog');
  await dialog.getByText('流失').waitFor();
  await dialog.getByText('成交').click();
  await dialog.locator('footer .main').click();
  await card.getByRole('button', { name: '编辑阶段' }).waitFor();
  const stands = async () => (await ask(rep, 'GET', record)).values;
  await rep.locator('.list .facts').getByText('成交').waitFor();
  assert.deepEqual([(await stands()).stage, (await stands()).grade], ['成交', 'C']);
  assert.equal(await rep.getByRole('button', { name: '编辑等级' }).count(), 0, 'what the role only reads is not changed here');
  // One touch is one wish, even on a card that was changed meanwhile; and it can be taken back.
  await ask(admin, 'PATCH', record, { values: { grade: 'B' }, base: { grade: 'C' } });
  await rep.getByRole('switch').click();
  await rep.getByText('客户不同意：与该客户沟通时，设备不会收听。').waitFor();
  await rep.getByRole('button', { name: '开始沟通' }).waitFor({ state: 'detached' });
  await rep.getByRole('button', { name: '撤销' }).click();
  await rep.getByRole('button', { name: '开始沟通' }).waitFor();
  calm(rep, 409);
});

test('everything about a client is handed out, and erased for good', { timeout: 240_000 }, async () => {
  await at(rep, `client/${await numberOf(rep, 'Northwind')}`);
  const download = rep.waitForEvent('download');
  await rep.getByRole('button', { name: '导出数据' }).click();
  const told = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  assert.equal(told.client.name, 'Northwind');
  await rep.getByRole('button', { name: '永久删除', exact: true }).click();
  await rep.getByRole('button', { name: '确认永久删除' }).click();
  await rep.getByText('已永久删除，没有保留任何数据').waitFor();
  assert.equal(await numberOf(rep, 'Northwind'), undefined);
  calm(rep);
});

test('a list of clients brings its contacts along, and goes back whole', { timeout: 240_000 }, async () => {
  await at(admin, 'data/clients/import');
  const rows = '名称,等级,联系人,职务,电话\r\n甲一,A,张弛,采购,0571 8000 0009\r\n甲二,B,,,\r\n甲三,特级,,,\r\n';
  await admin.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
  await admin.getByText('1 行有问题').waitFor();
  assert.equal(await numberOf(admin, '甲一'), undefined, 'nothing was written');
  await admin.getByRole('button', { name: '导入 2 行' }).click();
  await admin.getByText('导入完成：新增 2 条').waitFor();
  await admin.getByRole('button', { name: '导入联系人' }).click();
  await admin.getByRole('heading', { name: '导入联系人' }).waitFor();
  await admin.getByRole('button', { name: '导入 1 行' }).click();
  await admin.getByText('导入完成：新增 1 条').waitFor();
  await at(admin, `client/${await numberOf(admin, '甲一')}`);
  await admin.locator('article').getByRole('link', { name: /张弛.*采购/ }).waitFor();

  await at(admin, 'data/clients/import');
  await admin.locator('input[type=file]').setInputFiles({ name: 'y.csv', mimeType: 'text/csv', buffer: Buffer.from('名称\n乙一\n乙二\n') });
  await admin.getByRole('button', { name: '导入 2 行' }).click();
  await admin.getByText('导入完成：新增 2 条').waitFor();
  await admin.getByRole('button', { name: '撤销本次导入' }).click();
  await admin.getByText('导入已撤销：2 条恢复原样').waitFor();
  assert.equal(await numberOf(admin, '乙一'), undefined);
  calm(admin);
});

test('a call begins with a client who is searched for, and stands under its name', { timeout: 240_000 }, async () => {
  await at(rep, 'browser');
  await rep.locator('.meters').waitFor();
  const box = rep.getByRole('combobox', { name: '客户' });
  await box.fill('akzs');
  await rep.getByRole('option', { name: '安康诊所 拒绝测量' }).waitFor();
  await rep.keyboard.press('Enter');
  assert.equal(await rep.locator('.chosen .name').count(), 0, 'who does not want to be measured cannot be chosen');
  await box.fill('cqyh');
  await rep.getByRole('option', { name: '重庆银行' }).waitFor();
  await rep.keyboard.press('Enter');
  await rep.getByRole('button', { name: '取消选择 重庆银行' }).waitFor();
  await rep.getByLabel('已告知客户').check();
  await rep.getByRole('button', { name: '开始沟通', exact: true }).click();
  await rep.locator('[data-state=live]').waitFor();
  await rep.locator('.time', { hasText: /0:(0[2-9]|[1-5]\d)/ }).waitFor();
  await rep.getByRole('button', { name: '结束' }).click();
  await rep.getByRole('heading', { name: '与 重庆银行 的沟通' }).waitFor();
  await at(rep, 'calls');
  const row = rep.locator('[data-call]').first();
  await row.getByText('重庆银行').waitFor();
  await row.getByText('已告知').waitFor();
  calm(rep);
});

test('kept calls are listed newest first and one is withdrawn for good', { timeout: 240_000 }, async () => {
  const client = await numberOf(rep, '华东医药');
  const id = await talk(rep, client, 12, { objection: false, topics: [], notes: '', outcome: 'advanced' });
  await at(rep, 'calls');
  const row = rep.locator('[data-call]').first();
  await row.getByText('华东医药').waitFor();
  await row.getByText('有推进').waitFor();
  await row.getByText(/^\d+%$/).waitFor();
  await at(rep, `client/${client}`);
  await rep.locator('article').getByText('有推进').waitFor();
  await at(rep, 'calls');
  await row.getByRole('button', { name: /撤回并删除与 华东医药/ }).click();
  await rep.getByRole('button', { name: '撤回并删除', exact: true }).click();
  await rep.getByText('已撤回，没有保留数据').waitFor();
  await row.getByText('客户不同意，没有保留数据').waitFor();
  const left = await ask(rep, 'GET', `/calls/${id}/summary`);
  assert.ok((left.sides ?? []).every(({ speech_s }) => speech_s === 0), JSON.stringify(left));
  calm(rep, 404, 409);
});

test('a new notice text is published and told at the next start', { timeout: 240_000 }, async () => {
  await at(rep, 'settings/texts');
  await rep.getByText('只需告知客户。').waitFor();
  assert.equal(await rep.getByRole('button', { name: '新建版本' }).count(), 0);
  await at(admin, 'settings/texts');
  await admin.getByRole('button', { name: '新建版本' }).click();
  await admin.getByLabel('中文').fill('短');
  await admin.getByRole('button', { name: '发布第 2 版' }).click();
  await admin.getByText('中英文都要填写，各 10 到 2000 个字。').waitFor();
  await admin.getByLabel('中文').fill('这台设备只看说话的快慢，不录音。您介意吗？');
  await admin.getByRole('button', { name: '发布第 2 版' }).click();
  await admin.getByText('第 2 版已发布').waitFor();
  await admin.getByText('第 1 版').click();
  await at(rep, 'browser');
  await rep.getByText('这台设备只看说话的快慢，不录音。您介意吗？').waitFor();
  calm(rep);
  calm(admin);
});

test('a token is shown once, works, and works no more', { timeout: 240_000 }, async () => {
  await at(rep, 'settings/tokens');
  await rep.getByText('还没有令牌。').waitFor();
  await rep.getByRole('button', { name: '新建令牌' }).click();
  await rep.getByLabel('用途').fill('报表');
  await rep.getByLabel('有效期').selectOption('30');
  await rep.getByRole('button', { name: '创建' }).click();
  const secret = await rep.getByRole('textbox', { name: '令牌' }).inputValue();
  assert.match(secret, /^ut_/);
  const read = () => fetch(`${appliance.url}/api/v1/tables`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await read()).status, 200);
  await rep.getByRole('button', { name: '我已复制' }).click();
  await rep.reload();
  await rep.locator('.card li').getByText('报表').waitFor();
  assert.equal(await rep.getByText(secret).count(), 0);
  await rep.getByRole('button', { name: '作废 报表' }).click();
  await rep.getByRole('dialog').getByRole('button', { name: '作废', exact: true }).click();
  await rep.getByText('“报表”已作废').waitFor();
  assert.equal((await read()).status, 401);
  await at(rep, 'settings/webhooks');
  await rep.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await rep.getByText('消息推送 (Webhook)').count(), 0, 'webhooks are for admins');
  calm(rep);
});

test('a webhook is tried, what did not arrive is seen and sent again', { timeout: 240_000 }, async () => {
  let well = false;
  const got = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      if (well) got.push(body);
      response.writeHead(well ? 204 : 500).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    await at(admin, 'settings/webhooks');
    await admin.getByRole('button', { name: '添加地址' }).click();
    await admin.getByLabel('地址', { exact: true }).fill('crm');
    await admin.getByRole('button', { name: '添加', exact: true }).click();
    await admin.getByText('请填写完整地址，以 https:// 开头。').waitFor();
    await admin.getByLabel('地址', { exact: true }).fill(`http://127.0.0.1:${receiver.address().port}/hook`);
    await admin.getByRole('button', { name: '添加', exact: true }).click();
    assert.match(await admin.getByLabel('签名密钥').inputValue(), /^whsec_/);
    await admin.getByRole('button', { name: '我已复制' }).click();
    await admin.getByRole('button', { name: '发送测试消息' }).click();
    await admin.getByText('尚未送达，原因见下方').waitFor({ timeout: 240_000 });
    await admin.getByText('webhook.test').waitFor();
    well = true;
    await admin.getByRole('button', { name: '全部重试' }).click();
    await admin.locator('li table').waitFor({ state: 'detached', timeout: 30_000 });
    assert.ok(got.some((body) => body.includes('webhook.test')), got.join());
    await admin.getByRole('button', { name: '发送测试消息' }).click();
    await admin.getByText('已送达，一切正常。').waitFor({ timeout: 240_000 });
    await admin.getByRole('switch').click();
    await admin.getByText('已停用，不推送').waitFor();
    await admin.getByRole('button', { name: '删除', exact: true }).click();
    await admin.getByRole('dialog').getByRole('button', { name: '删除', exact: true }).click();
    await admin.getByText('还没有地址。').waitFor();
    calm(admin);
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
});

test('whoever asks gets everything about themselves as one file', { timeout: 240_000 }, async () => {
  await at(rep, 'settings/data');
  const download = rep.waitForEvent('download');
  await rep.getByRole('button', { name: '导出我的数据' }).click();
  const told = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  assert.equal(told.person.login, 'chen.chen');
  calm(rep);
});
