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
  await rep.getByRole('button', { name: '添加', exact: true }).click();
  await rep.getByText('请填写名称，120 个字以内。').waitFor();
  await rep.getByLabel('名称', { exact: true }).fill('海宁皮革');
  await rep.getByRole('group', { name: '等级' }).getByRole('button', { name: 'B' }).click();
  await rep.getByRole('button', { name: '添加联系人' }).click();
  await rep.getByLabel('职务').fill('采购');
  await rep.getByRole('button', { name: '添加', exact: true }).click();
  await rep.getByText('请填写姓名。').waitFor();
  await rep.getByLabel('姓名').fill('吴宁');
  await rep.getByRole('button', { name: '添加', exact: true }).click();
  await rep.getByRole('heading', { name: '海宁皮革' }).waitFor();
  assert.match(rep.url(), /#\/client\/\d+$/);
  await rep.locator('.list').getByText('海宁皮革').waitFor();
  calm(rep);
});

test('clients are found by first letters, narrowed, and paged', { timeout: 240_000 }, async () => {
  await trade(rep);
  await at(rep, 'clients');
  const names = () => rep.locator('.list .name').allInnerTexts();
  await rep.locator('.list li').nth(5).waitFor();
  await rep.getByRole('searchbox').fill('cqyh');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 1);
  assert.deepEqual(await names(), ['重庆银行']);
  await rep.getByRole('button', { name: '清空' }).click();
  await rep.getByRole('combobox', { name: '阶段' }).selectOption('报价');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 2);
  assert.deepEqual(await names(), ['华东医药', 'Northwind']);
  // The view can be sent: the address holds it, on the list and beside a client.
  await rep.locator('.list li a').first().click();
  await rep.locator('article > header h2').waitFor();
  assert.match(decodeURIComponent(rep.url()), /#\/client\/\d+\?stage=报价$/);
  await rep.reload();
  await rep.locator('.list li').nth(1).waitFor();
  assert.deepEqual(await names(), ['华东医药', 'Northwind']);
  await rep.getByRole('combobox', { name: '等级' }).selectOption('A');
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 1);
  await rep.getByRole('button', { name: '查看全部' }).click();
  await rep.waitForFunction(() => document.querySelectorAll('.list li').length === 6);
  await rep.getByRole('searchbox').fill('没有的');
  await rep.getByRole('link', { name: '添加“没有的”' }).waitFor();
  const many = Array.from({ length: 55 }, (_, n) => `名单${n}`).join('\n');
  await at(admin, 'import');
  await admin.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(`名称\n${many}\n`) });
  await admin.getByRole('button', { name: '导入 55 家客户' }).click();
  await admin.locator('.list li').nth(49).waitFor();
  await admin.getByRole('button', { name: '加载更多' }).click();
  await admin.locator('.list li').nth(60).waitFor();
  assert.equal(await admin.locator('.list li').count(), 61);
  calm(rep);
  calm(admin);
});

test('a card that somebody else changed meanwhile keeps what was typed', { timeout: 240_000 }, async () => {
  const { items } = await ask(rep, 'GET', '/clients?q=hdyy');
  const { id, version } = items[0];
  await at(rep, `client/${id}`);
  await rep.getByRole('button', { name: '编辑', exact: true }).click();
  await rep.locator('article').getByLabel('阶段').fill('签约');
  await ask(admin, 'PATCH', `/clients/${id}`, { grade: 'C', stage: '暂停' }, { 'if-match': `"v${version}"` });
  await rep.getByRole('button', { name: '保存' }).click();
  await rep.getByText('双方都修改了阶段：现在是“暂停”，您填写的是“签约”。').waitFor();
  await rep.getByRole('button', { name: '保存' }).click();
  await rep.getByRole('button', { name: '编辑', exact: true }).waitFor();
  const now = await ask(rep, 'GET', `/clients/${id}`);
  assert.deepEqual([now.stage, now.grade], ['签约', 'C']);
  // One touch is one wish, even on a card that was changed meanwhile; and it can be taken back.
  await ask(admin, 'PATCH', `/clients/${id}`, { grade: 'B' }, { 'if-match': `"v${now.version}"` });
  await rep.getByRole('switch').click();
  await rep.getByText('客户不同意：与该客户沟通时，设备不会收听。').waitFor();
  await rep.getByRole('button', { name: '开始沟通' }).waitFor({ state: 'detached' });
  await rep.getByRole('button', { name: '撤销' }).click();
  await rep.getByRole('button', { name: '开始沟通' }).waitFor();
  calm(rep, 412);
});

test('everything about a client is handed out, and erased for good', { timeout: 240_000 }, async () => {
  const { items } = await ask(rep, 'GET', '/clients?q=northwind');
  await at(rep, `client/${items[0].id}`);
  const download = rep.waitForEvent('download');
  await rep.getByRole('button', { name: '导出数据' }).click();
  const told = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  assert.equal(told.client.name, 'Northwind');
  await rep.getByRole('button', { name: '永久删除', exact: true }).click();
  await rep.getByRole('button', { name: '确认永久删除' }).click();
  await rep.getByText('已永久删除，没有保留任何数据').waitFor();
  assert.deepEqual((await ask(rep, 'GET', '/clients?q=northwind')).items, []);
  calm(rep);
});

test('a table is tried first, its refused rows named with line and rule, and mended apart', { timeout: 240_000 }, async () => {
  await at(admin, 'import');
  const text = '名称,等级,备注\r\n甲一,A,\r\n';
  await admin.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await admin.getByText('表格无法读取，没有写入任何数据').waitFor();
  const rows = '名称,等级,联系人,电话\r\n甲一,A,,\r\n"甲\r\n二",A,,\r\n\r\n甲三,D,,\r\n甲四,B,张弛,打给前台\r\n甲五,,,\r\n甲一,,,\r\n';
  await admin.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
  await admin.locator('table').waitFor();
  const shown = await admin.locator('tbody tr').evaluateAll((all) => all.map((row) => row.innerText.replace(/\s+/g, ' ').trim()));
  assert.equal(shown.length, 4, JSON.stringify(shown));
  const lines = shown.map((row) => Number(/\d+/.exec(row)[0]));
  assert.deepEqual(lines, [3, 6, 7, 9], 'lines as an editor counts them');
  assert.ok(shown.some((row) => row.includes('甲三') && row.includes('等级') && row.includes('D') && row.includes('等级是 A、B 或 C')), JSON.stringify(shown));
  assert.ok(shown.some((row) => row.includes('甲四') && row.includes('打给前台')), JSON.stringify(shown));
  assert.deepEqual((await ask(admin, 'GET', '/clients?q=甲一')).items, [], 'nothing was written');
  const download = admin.waitForEvent('download');
  await admin.getByRole('button', { name: '先导入没有问题的 2 家' }).click();
  await admin.getByText('已导入 2 家客户').waitFor();
  await admin.getByRole('button', { name: '把有问题的行存为文件' }).click();
  const mend = readFileSync(await (await download).path(), 'utf8');
  assert.ok(mend.startsWith('\ufeff名称,等级,联系人,电话\r\n') && mend.includes('甲三,D,,') && !mend.includes('甲五'), mend);
  assert.equal((await ask(admin, 'GET', '/clients?q=甲一')).items.length, 1);
  await at(rep, 'import');
  await rep.getByText('您的角色没有这项权限').waitFor();
  calm(admin, 422);
  calm(rep);
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
  const { items } = await ask(rep, 'GET', '/clients?q=hdyy');
  const id = await talk(rep, items[0].id, 12, { objection: false, topics: [], notes: '', outcome: 'advanced' });
  await at(rep, 'calls');
  const row = rep.locator('[data-call]').first();
  await row.getByText('华东医药').waitFor();
  await row.getByText('有推进').waitFor();
  await row.getByText(/^\d+%$/).waitFor();
  await at(rep, `client/${items[0].id}`);
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
  const read = () => fetch(`${appliance.url}/api/v1/clients`, { headers: { authorization: `Bearer ${secret}` } });
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
