// The pictures of the README, made anew by the real program: node tests/ui/long/screens.mjs [FOLDER]
// The demo needs a minute and three quarters for its hint; all that is shown is invented.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Appliance, noon, ROOT } from '../appliance.mjs';
import { DESK, launch, open, PHONE } from '../browser.mjs';
import { ask, signIn, talk } from '../company.mjs';
import { agree, at, CLIENTS, place, round } from '../rounds.mjs';

const folder = process.argv[2] ?? join(ROOT, 'docs/screens');
mkdirSync(folder, { recursive: true });

const HINT_MS = 180_000;
const DEMO = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'consented' };

const appliance = await Appliance.start();
const browser = await launch(['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']);
const shoot = async (page, name) => {
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`) });
};

// As a newcomer has it: before anybody has an account.
const phone = await open(browser, { viewport: PHONE });
const desk = await open(browser, { viewport: DESK });
await phone.goto(appliance.url);
await phone.getByRole('button', { name: '播放演示' }).waitFor();
await shoot(phone, 'start-phone');
const { id } = await appliance.api('/calls', DEMO);
for (const page of [phone, desk]) await page.goto(`${appliance.url}/#/call/${id}`);
await Promise.all([phone, desk].map((page) => page.locator('[data-rule]').waitFor({ timeout: HINT_MS })));
await Promise.all([shoot(phone, 'live-phone'), shoot(desk, 'live')]);
await desk.locator('[data-rule] .answers button').first().click();
await desk.waitForTimeout(20_000);
await appliance.api(`/calls/${id}/stop`, {});
await desk.goto(`${appliance.url}/#/call/${id}/summary`);
await desk.locator('.compare').waitFor();
await shoot(desk, 'summary');

// A company, its rep's day and its manager's board.
const admin = await open(browser, { viewport: DESK });
const { made, clients } = await round(admin, appliance);
const where = { geolocation: at(2, 3), permissions: ['geolocation'], timezoneId: noon() };
const rep = await open(browser, { viewport: PHONE, ...where });
await signIn(rep, appliance, 'chen.chen');
await agree(rep, made['chen.chen'].id);
const DAY_MS = 86_400_000;
const now_ms = Date.now();
for (const [title, name, days] of [['送样品给李主任', '滨江宏远汽配厂', 1], ['补发报价单', '华星仪表', -2], ['约下周演示', '江南精密', 6]]) {
  const wish = { client: clients[name], title, assignee: made['chen.chen'].id, due_ms: now_ms + days * DAY_MS };
  await ask(rep, 'POST', '/actions', wish);
}
for (const [outcome, name] of [['advanced', '华星仪表'], ['won', '江南精密'], ['unchanged', '浙东检测'], ['advanced', '滨江宏远汽配厂']]) {
  await talk(rep, clients[name], 1, { objection: false, topics: [], notes: '', outcome });
}
for (const [name, east_m, north_m] of CLIENTS.slice(1, 4)) {
  const position = { ...place(east_m + 4, north_m), accuracy_m: 12, tst_ms: Date.now() };
  await ask(rep, 'POST', '/visits', { position, client: clients[name] });
}
await rep.goto(`${appliance.url}/#/today`);
await rep.locator('main li h3').first().waitFor();
// A brief opens by itself where a visit begins.
await rep.waitForTimeout(2000);
await rep.keyboard.press('Escape');
await shoot(rep, 'today-phone');
await rep.getByRole('button', { name: '签到', exact: true }).click();
await rep.locator('dialog .one').first().waitFor();
await rep.locator('dialog .one').first().click();
await rep.getByLabel('拜访情况').fill('见了李主任，对交期有顾虑');
await rep.getByLabel('下一步（选填）').fill('送样品');
await shoot(rep, 'checkin-phone');

const manager = await open(browser, { viewport: DESK, timezoneId: noon() });
await signIn(manager, appliance, 'li.na');
await manager.goto(`${appliance.url}/#/board`);
await manager.locator('[data-tile=outcomes] .figure').waitFor();
await shoot(manager, 'board');
await manager.goto(`${appliance.url}/#/visits`);
await manager.locator('canvas').waitFor();
await manager.waitForTimeout(2500);
await shoot(manager, 'visits');

await browser.close();
await appliance.stop();
