// The playbook as a team changes it: a rule as a sentence, tried on past calls, published, seen in the history, gone back from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { accessible } from './axe.mjs';
import { DESK, launch, open } from './browser.mjs';
import { ask, come, hire, settle, signIn } from './company.mjs';

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
  await page.goto('about:blank');
  await page.goto(`${appliance.url}/#/playbook`);
  await page.locator('[data-rule=hesitation]').waitFor();
}

const calm = (page) => assert.deepEqual(page.strays, { requests: [], complaints: [] });

test('a rule is changed as a sentence, tried, published and gone back from', { timeout: 120_000 }, async () => {
  await show(admin);
  await admin.getByText('和在用的一样').waitFor();
  const rule = admin.locator('[data-rule=hesitation]');
  await rule.getByRole('button', { name: /^改/ }).click();
  const condition = admin.getByLabel('什么时候提示');
  await condition.fill('client.hesitate');
  await admin.getByText(/第 \d+ 个字：/).waitFor();
  await condition.fill("client.hesitates && client.stage == '报价'");
  await admin.locator('.condition .said').getByText('报价').waitFor();
  await admin.getByLabel('提示说（中文）').fill('报价时迟疑：先问怎么算这笔账');
  await admin.getByRole('button', { name: '放进草稿' }).click();
  await admin.getByText('草稿：加 0，改 1，去掉 0').waitFor();
  await rule.getByText('报价时迟疑').waitFor();

  await admin.getByRole('button', { name: '拿过去的对话试' }).click();
  await admin.getByRole('button', { name: '试一试' }).click();
  await admin.getByText(/试了 \d+ 次对话/).waitFor();

  await admin.getByRole('button', { name: '发布', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByText('条件').waitFor();
  await dialog.getByLabel('改了什么，为什么').fill('报价阶段另说');
  await dialog.getByRole('button', { name: '发布', exact: true }).click();
  await admin.getByText('发布了，新的对话照它来').waitFor();
  await admin.locator('ol').getByText('报价阶段另说').waitFor();
  const followed = await ask(admin, 'GET', '/playbook');
  const said = followed.rules.find(({ id }) => id === 'hesitation').say.zh;
  assert.equal(said, '报价时迟疑：先问怎么算这笔账');

  await admin.locator('[data-rule=talk-share]').getByRole('button', { name: /^改/ }).click();
  await admin.getByRole('button', { name: '不要这一条' }).click();
  await admin.getByText('草稿：加 0，改 0，去掉 1').waitFor();
  await admin.locator('[data-rule=talk-share]').getByRole('button', { name: '还要它' }).click();
  await admin.getByText('和在用的一样').waitFor();

  await ask(admin, 'POST', '/revisions', { kind: 'playbook', key: 'team-1', body: { text: 'version = 1\nname = "t"\nextends = true\n' }, note: '' });
  const { items } = await ask(admin, 'GET', '/settings');
  const head = items.find(({ key }) => key === 'default');
  const other = await ask(admin, 'POST', '/revisions', { kind: 'playbook', key: 'default', body: { text: 'version = 1\nname = "h"\nextends = true\n' }, note: '回到自带的' }, { 'if-match': `"v${head.version}"` });
  await ask(admin, 'POST', `/revisions/${other.id}/publish`);
  await show(admin);
  await admin.locator('ol li').nth(1).getByRole('button', { name: /^看/ }).click();
  await admin.locator('ol dl').getByText('hesitation').first().waitFor();
  await admin.locator('ol li').nth(1).getByRole('button', { name: /^退回/ }).click();
  await admin.getByRole('dialog').getByRole('button', { name: '退回', exact: true }).click();
  await admin.getByText('退回了，新的对话照它来').waitFor();
  const again = await ask(admin, 'GET', '/playbook');
  assert.equal(again.rules.find(({ id }) => id === 'hesitation').say.zh, said);
  calm(admin);
});

test('the whole file is checked while it is typed', { timeout: 60_000 }, async () => {
  await show(admin);
  await admin.getByRole('button', { name: '整个文件' }).click();
  const file = admin.getByLabel('打法文件（TOML）');
  const before = await file.inputValue();
  await file.fill(`${before}\n[[rule]]\nid = "x"\n`);
  await admin.locator('.faults li').getByText('规则 `x`：缺少 `when`').waitFor();
  // It can be pressed and does nothing but wait.
  await admin.getByRole('button', { name: '发布', exact: true }).click({ force: true });
  assert.equal(await admin.getByRole('dialog').count(), 0, 'what is wrong is not published');
  await admin.getByRole('button', { name: '丢掉' }).click();
  await admin.getByText('和在用的一样').waitFor();
  calm(admin);
});

test('a rep reads it and changes nothing', { timeout: 60_000 }, async () => {
  await show(rep);
  for (const name of ['拿过去的对话试', '加一条', /^改/]) assert.equal(await rep.getByRole('button', { name }).count(), 0, String(name));
  calm(rep);
});

test('axe and 44 pixels', { timeout: 60_000 }, async () => {
  const storageState = await admin.context().storageState();
  const edit = (page) => page.locator('[data-rule] button').first().click();
  await accessible(browser, `${appliance.url}/#/playbook`, { storageState, act: edit });
});
