// Pictures of the pages beside the conversation, to be looked at: node tests/ui/screens-office.mjs [FOLDER]
import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, open } from './browser.mjs';
import { ask, come, hire, settle, signIn, talk, trade } from './company.mjs';
import { each, openAll, shoot, still, close } from './looks.mjs';

const appliance = await Appliance.start();
const browser = await launch(fakeMicrophone());
const only = process.argv[3];
const show = async (state, path, selector, act, more) => {
  if (only === undefined || state.startsWith(only)) await still(browser, appliance, state, path, selector, act, more);
};

const admin = await open(browser);
await settle(admin, appliance);
const { made } = await hire(admin);
await come(appliance, admin, made['li.na'].id);
await come(appliance, admin, made['chen.chen'].id);
const rep = await open(browser);
await signIn(rep, appliance, 'chen.chen');
const signed = { storageState: await rep.context().storageState() };
const chief = { storageState: await admin.context().storageState() };

await show('clients-empty', 'clients', '.first', undefined, signed);
await show('calls-empty', 'calls', 'section h1', undefined, signed);
const clients = await trade(rep, admin);
const review = { objection: true, topics: ['价格'], notes: '', outcome: 'advanced' };
await Promise.all([talk(rep, clients['华东医药'], 22, review), talk(rep, clients['重庆银行'], 14), talk(rep, undefined, 9)]);

await show('clients', 'clients', '.list li', undefined, signed);
await show('clients-none', 'clients', '.list li', async (page) => {
  await page.locator('input[type=search]').fill('zzz');
  await page.locator('.none').waitFor();
}, signed);
await show('client', `client/${clients['华东医药']}`, 'article ul li', undefined, signed);
await show('client-edit', `client/${clients['华东医药']}`, 'article ul li', (page) => page.locator('.fields .edit').nth(1).click(), signed);
await show('client-contact', `client/${clients['华东医药']}`, 'article ul li', (page) => page.getByRole('button', { name: /^(添加联系人|Add a contact|Add contact)$/ }).click(), signed);
await show('client-new', 'client/new', 'form', (page) => page.locator('button[type=submit]').click(), signed);
await show('client-erase', `client/${clients['华东医药']}`, 'article ul li', (page) => page.locator('article .danger').click(), signed);

const table = {
  name: '客户.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('名称,等级,行业,联系人,电话\n东湖材料,A,制造,周航,021 5000 0003\n清源水务,B,公用,,\n,A,医药,,\n青禾食品,D,食品,李禾,\n白鹭酒店,C,酒店,张弛,打给前台\n华东医药,A,医药,,\n', 'utf8'),
};
await show('import', 'data/clients/import', '.drop', undefined, chief);
await show('import-found', 'data/clients/import', '.drop', async (page) => {
  await page.locator('input[type=file]').setInputFiles(table);
  await page.locator('table').waitFor();
}, chief);

await show('calls', 'calls', '[data-call]', undefined, signed);
await show('calls-withdraw', 'calls', '[data-call]', (page) => page.locator('[data-call] button').first().click(), signed);
await show('start-with', `client/${clients['华东医药']}`, 'article ul li', async (page) => {
  await page.locator('article .main').click();
  await page.locator('.with').waitFor();
}, signed);
await show('prepare-pick', 'browser', '.meters', async (page) => {
  await page.locator('[role=combobox]').fill('hd');
  await page.locator('[role=option]').first().waitFor();
}, signed);
await show('prepare-with', 'browser', '.meters', async (page) => {
  await page.locator('[role=combobox]').fill('hd');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Enter');
}, signed);

await ask(admin, 'POST', '/consent-texts', {
  zh: '跟您说一声：桌上这个小设备只看说话的快慢和停顿，不录音，也不听内容。介意的话我马上关。',
  en: 'Just so you know: this box only follows how fast we speak and where we pause. It records nothing. If you mind, I switch it off.',
});
await show('settings', 'settings', 'nav li', undefined, chief);
await show('texts', 'settings/texts', '.card', undefined, chief);
await show('texts-write', 'settings/texts', '.card', (page) => page.locator('.card .head button').click(), chief);
await ask(admin, 'POST', '/tokens', { name: '报表', days: 90 });
await show('tokens', 'settings/tokens', '.list li', undefined, chief);
await show('token-made', 'settings/tokens', '.list li', async (page) => {
  await page.locator('.stack .main').click();
  await page.locator('form input').fill('CRM');
  await page.locator('button[type=submit]').click();
  await page.locator('.made').waitFor();
}, chief);
await ask(admin, 'POST', '/webhooks', { url: 'https://crm.example/hooks/undertone', topics: ['call.*', 'hint.*'] });
await show('hooks', 'settings/webhooks', 'li h3', undefined, chief);
await show('hook-new', 'settings/webhooks', 'li h3', (page) => page.locator('.stack .main').click(), chief);
await show('data', 'settings/data', '.card', undefined, chief);
await show('menu-rep', 'clients', '.list li', (page) => page.locator('.me').click(), signed);

await show('playbook', 'playbook', '[data-rule]', undefined, chief);
await show('playbook-rule', 'playbook', '[data-rule]', async (page) => {
  await page.locator('[data-rule] button').first().click();
  await page.locator('.said').waitFor();
}, chief);
const draft = async (page) => {
  await page.locator('[data-rule] button').nth(4).click();
  await page.locator('form textarea').nth(1).fill('迟疑了：先问一句“您在想什么？”');
  await page.locator('form button[type=submit]').click();
  await page.locator('.mark.changed').waitFor();
};
await show('playbook-draft', 'playbook', '[data-rule]', draft, chief);
await show('playbook-try', 'playbook', '[data-rule]', async (page) => {
  await draft(page);
  await page.locator('.bar .do button').nth(1).click();
  await page.locator('.stack .main').click();
  await page.locator('section .said').waitFor();
}, chief);
await show('playbook-publish', 'playbook', '[data-rule]', async (page) => {
  await draft(page);
  await page.locator('.bar .main').click();
  await page.locator('dialog form').waitFor();
}, chief);
await show('playbook-file', 'playbook', '[data-rule]', async (page) => {
  await page.locator('.head .segments button').nth(1).click();
  await page.locator('textarea.code').fill('version = 1\nname = "x"\nextends = true\n\n[[rule]]\nid = "a"\nside = "client"\nwhen = "client.hesitate"\n');
  await page.locator('.faults li').first().waitFor();
}, chief);
await show('playbook-read', 'playbook', '[data-rule]', undefined, signed);

await browser.close();
await appliance.stop();
