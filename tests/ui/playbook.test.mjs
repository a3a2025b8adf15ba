// The playbook as a team changes it: a rule as a sentence, tried on past calls, published, seen in the history, gone back from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible } from './axe.mjs';
import { anew, DESK, launch, open } from './browser.mjs';
import { ask, come, hire, settle, signIn } from './company.mjs';
import { calm, until } from './states.mjs';

let browser;
let appliance;
let admin;
let rep;

before(async () => {
  browser = await launch();
  appliance = await Appliance.start();
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

async function show(page) {
  await anew(page, `${appliance.url}/#/playbook`);
  await page.locator('[data-rule=hesitation]').waitFor();
}

test('a rule is changed as a sentence, tried, published and gone back from', { timeout: 240_000 }, async () => {
  await show(admin);
  await admin.getByText('与当前版本一致').waitFor();
  const rule = admin.locator('[data-rule=hesitation]');
  await rule.getByRole('button', { name: /^编辑/ }).click();
  // Picked first: the stage is asked in words, and the text says the same.
  await admin.getByRole('button', { name: '添加条件' }).click();
  await admin.getByLabel('条件 3：字段').selectOption({ label: '客户阶段' });
  await admin.getByLabel('条件 3：值').fill('报价');
  await admin.locator('.condition .said').getByText('报价').waitFor();
  await admin.getByRole('button', { name: '移除条件 2' }).click();
  await admin.getByRole('group', { name: '编辑方式' }).getByRole('button', { name: '文本' }).click();
  const condition = admin.getByRole('textbox', { name: '触发条件' });
  await until(() => condition.inputValue(), "client.hesitates && client.stage == '报价'", 'the same in text');
  await condition.fill('client.hesitate');
  await admin.getByText(/第 \d+ 个字符：/).waitFor();
  await condition.fill("client.hesitates && client.stage == '报价'");
  await admin.locator('.condition .said').getByText('报价').waitFor();
  await admin.getByLabel('提示内容（中文）').fill('报价时迟疑：先问怎么算这笔账');
  await admin.getByRole('button', { name: '存入草稿' }).click();
  await admin.getByText('草稿：新增 0，修改 1，移除 0').waitFor();
  await rule.getByText('报价时迟疑').waitFor();

  await admin.getByRole('button', { name: '用历史沟通试算' }).click();
  await admin.getByRole('button', { name: '试算', exact: true }).click();
  await admin.getByText(/试算 \d+ 次沟通/).waitFor();

  await admin.getByRole('button', { name: '发布', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByText('条件').waitFor();
  await dialog.getByLabel('修改说明').fill('报价阶段另说');
  await dialog.getByRole('button', { name: '发布', exact: true }).click();
  await admin.getByText('已发布，新的沟通按此执行').waitFor();
  await admin.locator('ol').getByText('报价阶段另说').waitFor();
  const followed = await ask(admin, 'GET', '/playbook');
  const said = followed.rules.find(({ id }) => id === 'hesitation').say.zh;
  assert.equal(said, '报价时迟疑：先问怎么算这笔账');

  await admin.locator('[data-rule=talk-share]').getByRole('button', { name: /^编辑/ }).click();
  await admin.getByRole('button', { name: '停用这条规则' }).click();
  await admin.getByText('草稿：新增 0，修改 0，移除 1').waitFor();
  await admin.locator('[data-rule=talk-share]').getByRole('button', { name: '恢复' }).click();
  await admin.getByText('与当前版本一致').waitFor();

  await ask(admin, 'POST', '/revisions', { kind: 'playbook', key: 'team-1', body: { text: 'version = 1\nname = "t"\nextends = true\n' }, note: '' });
  const { items } = await ask(admin, 'GET', '/settings');
  const head = items.find(({ key }) => key === 'default');
  const other = await ask(admin, 'POST', '/revisions', { kind: 'playbook', key: 'default', body: { text: 'version = 1\nname = "h"\nextends = true\n' }, note: '回到自带的' }, { 'if-match': `"v${head.version}"` });
  await ask(admin, 'POST', `/revisions/${other.id}/publish`);
  await show(admin);
  await admin.locator('ol li').nth(1).getByRole('button', { name: /^查看/ }).click();
  await admin.locator('ol dl').getByText('hesitation').first().waitFor();
  await admin.locator('ol li').nth(1).getByRole('button', { name: /^恢复此版本/ }).click();
  await admin.getByRole('dialog').getByRole('button', { name: '恢复', exact: true }).click();
  await admin.getByText('已恢复，新的沟通按此执行').waitFor();
  const again = await ask(admin, 'GET', '/playbook');
  assert.equal(again.rules.find(({ id }) => id === 'hesitation').say.zh, said);
  calm(admin);
});

test('the whole file is checked while it is typed', { timeout: 240_000 }, async () => {
  await show(admin);
  await admin.getByRole('button', { name: '文件' }).click();
  const file = admin.getByLabel('话术规则文件（TOML）');
  await until(async () => (await file.inputValue()).includes('hesitation'), true, 'the whole file is there');
  const before = await file.inputValue();
  await file.fill(`${before}\n[[rule]]\nid = "x"\n`);
  await admin.locator('.faults li').getByText('规则 `x`：缺少 `when`').waitFor();
  // It can be pressed and does nothing but wait.
  await admin.getByRole('button', { name: '发布', exact: true }).click({ force: true });
  assert.equal(await admin.getByRole('dialog').count(), 0, 'what is wrong is not published');
  await admin.getByRole('button', { name: '放弃修改' }).click();
  await admin.getByText('与当前版本一致').waitFor();
  calm(admin);
});

test('a rep reads it and changes nothing', { timeout: 240_000 }, async () => {
  await show(rep);
  for (const name of ['用历史沟通试算', '添加规则', /^编辑/]) assert.equal(await rep.getByRole('button', { name }).count(), 0, String(name));
  calm(rep);
});

test('axe and 44 pixels', { timeout: 240_000 }, async () => {
  const storageState = await admin.context().storageState();
  const edit = (page) => page.locator('[data-rule] button').first().click();
  await accessible(browser, `${appliance.url}/#/playbook`, { storageState, act: edit });
});
