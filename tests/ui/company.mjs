// Accounts through the page and through its own session: who works here.
import { readFileSync, rmSync } from 'node:fs';

import { record, WAV_HEADER } from './recording.mjs';
import { once } from './states.mjs';

export const PASSWORD = 'a long enough one';

/** The first account, through the link that the appliance printed. */
export async function settle(page, appliance, { name = '王力', login = 'wang.li' } = {}) {
  await page.goto(appliance.setup);
  await page.locator('input[autocomplete=name]').fill(name);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[autocomplete=new-password]').fill(PASSWORD);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/#\/setup$/);
  await page.goto(`${appliance.url}/#/people`);
  await page.locator('.list li').first().waitFor();
}

export async function signIn(page, appliance, login, password = PASSWORD) {
  await page.goto(`${appliance.url}/#/signin`);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[autocomplete=current-password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('.me').waitFor();
}

/** A request with the session of the page. */
export const ask = (page, method, path, body, headers = {}) =>
  page.evaluate(
    async ([method, path, body, headers]) => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const init = { method, headers: { 'x-csrf-token': csrf ?? '', 'content-type': 'application/json', ...headers } };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await fetch(`/api/v1${path}`, init);
      return response.status === 204 ? undefined : response.json();
    },
    [method, path, body, headers],
  );

/** Two teams and some colleagues, all invented; the first of them comes in. */
export async function hire(page) {
  const teams = {};
  for (const name of ['杭州一队', '宁波队']) teams[name] = (await ask(page, 'POST', '/teams', { name })).id;
  const people = [
    ['李娜', 'li.na', 'manager', '杭州一队'],
    ['陈晨', 'chen.chen', 'rep', '杭州一队'],
    ['张伟', 'zhang.wei', 'rep', '杭州一队'],
    ['赵敏', 'zhao.min', 'rep', '宁波队'],
    ['周洁', 'zhou.jie', 'assistant', undefined],
  ];
  const made = {};
  for (const [name, login, role, team] of people) {
    const body = { name, login, role, ...(team === undefined ? {} : { team: teams[team] }) };
    made[login] = await ask(page, 'POST', '/people', body);
  }
  return { teams, made };
}

/** Takes an invitation without a page. */
export async function come(appliance, page, id) {
  const { path } = await ask(page, 'POST', `/people/${id}/invitation`);
  const secret = path.split('/').at(-1);
  await appliance.api('/invitations/accept', { secret, password: PASSWORD });
}

/** A new record of a table; answers what became of it. */
export const add = (page, table, values) => ask(page, 'POST', `/tables/${table}/records`, { values });

/** Some clients, all invented, of whoever is signed in on the page; who may says how much they matter. */
export async function trade(page, chief = page) {
  const clients = [
    {
      name: '华东医药',
      aliases: ['华东', '东药'],
      grade: 'A',
      stage: '报价',
      industry: '医疗',
      contacts: [
        { name: '王强', title: '采购主任', phone: '0571 8000 0001' },
        { name: '林悦', title: '药剂科' },
      ],
    },
    { name: '重庆银行', grade: 'B', stage: '接触', contacts: [{ name: '何平', title: '科技部', phone: '023 6000 0002' }] },
    { name: '长河中学', stage: '谈判', industry: '教育' },
    { name: '安康诊所', grade: 'C', stage: '接触', industry: '医疗', analyse: false },
    { name: 'Northwind', grade: 'B', stage: '报价', industry: '制造业', contacts: [{ name: 'Kim', title: 'buyer' }] },
  ];
  const made = {};
  for (const { contacts = [], grade, ...values } of clients) {
    const { id } = await add(page, 'clients', values);
    made[values.name] = id;
    for (const contact of contacts) await add(page, 'contacts', { client: id, ...contact });
    if (grade !== undefined) await ask(chief, 'PATCH', `/tables/clients/records/${id}`, { values: { grade }, base: { grade: null } });
  }
  return made;
}

/** A conversation with a client that goes on for some seconds; the demo's voices. */
export async function talk(page, client, seconds, review) {
  const wanted = { layout: 'rep-left', source: { kind: 'demo' }, consent: 'notified', ...(client === undefined ? {} : { client }) };
  const { id } = await ask(page, 'POST', '/calls', wanted);
  const heard = () => ask(page, 'GET', `/calls/${id}`);
  await once(heard, ({ elapsed_ms }) => elapsed_ms >= seconds * 1000, `${seconds} s are heard`);
  await ask(page, 'POST', `/calls/${id}/stop`);
  if (review !== undefined) await ask(page, 'PUT', `/calls/${id}/review`, review);
  return id;
}

/** The same sound over the ear's socket, as a telephone brings it: the demo counts in no study and on no board. */
export async function converse(page, client, seconds, review) {
  const { file, folder } = record({ lead_s: 0, speech_s: seconds, tail_s: 0 });
  const sound = readFileSync(file).subarray(WAV_HEADER).toString('base64');
  rmSync(folder, { recursive: true });
  const wanted = { layout: 'rep-left', source: { kind: 'socket' }, consent: 'notified', client };
  const { id, ticket } = await ask(page, 'POST', '/calls', wanted);
  await page.evaluate(
    async ({ url, sound }) => {
      const bytes = Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0));
      const socket = new WebSocket(url);
      await new Promise((opened, refused) => Object.assign(socket, { onopen: opened, onerror: refused }));
      const closed = new Promise((resolve) => Object.assign(socket, { onclose: resolve }));
      socket.send(JSON.stringify({ type: 'start', rate: 16_000, channels: 2, format: 's16le' }));
      const tenth = 6_400;
      for (let at = 0; at < bytes.length; at += tenth) {
        socket.send(bytes.slice(at, at + tenth));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      socket.send(JSON.stringify({ type: 'stop' }));
      await closed;
    },
    { url: ticket.url, sound },
  );
  if (review !== undefined) await ask(page, 'PUT', `/calls/${id}/review`, review);
  return id;
}
