// A company with clients at known places, and somebody who goes round them: for tests and pictures of visits.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { add, ask, come, hire, settle } from './company.mjs';

/** Metres from a place in Hangzhou. */
const DEGREE_M = 111_320;
export const place = (east_m, north_m) => ({
  lat: 30.2084 + north_m / DEGREE_M,
  lon: 120.2118 + east_m / (DEGREE_M * Math.cos((30.2084 * Math.PI) / 180)),
});

/** All invented. The last two share a building; one has no site yet. */
export const CLIENTS = [
  ['滨江宏远汽配厂', 0, 0],
  ['华星仪表', 420, 60],
  ['江南精密', -380, 300],
  ['浙东检测', 260, 520],
  ['望潮软件', 264, 522],
];

/** What the browser's geolocation is told. */
export const at = (east_m, north_m, accuracy = 15) => {
  const { lat, lon } = place(east_m, north_m);
  return { latitude: lat, longitude: lon, accuracy };
};

export async function round(page, appliance) {
  await settle(page, appliance);
  const { made } = await hire(page);
  for (const login of ['li.na', 'chen.chen']) await come(appliance, page, made[login].id);
  const clients = {};
  for (const [name, east_m, north_m] of CLIENTS) {
    const { id } = await add(page, 'clients', { name, owner: made['chen.chen'].id, industry: '制造业' });
    clients[name] = id;
    const site = { client: id, name, datum: 'wgs84', radius_m: 60, ...place(east_m, north_m) };
    await ask(page, 'POST', '/sites', site);
  }
  clients['云岭医疗'] = (await add(page, 'clients', { name: '云岭医疗', owner: made['chen.chen'].id })).id;
  return { made, clients };
}

/** Agrees to be located at every hour of every day. */
export async function agree(page, person) {
  const { version } = await ask(page, 'GET', `/people/${person}/location`);
  const hours = { days: [1, 2, 3, 4, 5, 6, 7], from_min: 0, until_min: 1440 };
  await ask(page, 'PUT', `/people/${person}/location`, { consent: true, ...hours }, { 'if-match': `"v${version}"` });
}

/** Makes every consent as old as time, behind the appliance's back: a test has no hours to wait. */
export function consentForEver({ data }) {
  const file = readdirSync(data).find((name) => /\.(db|sqlite3?)$/.test(name));
  const act = "import sqlite3, sys; kept = sqlite3.connect(sys.argv[1]); kept.execute('UPDATE location SET consent_ms = 0'); kept.commit()";
  execFileSync('python3', ['-c', act, join(data, file)]);
}

/** A stay that ended five minutes ago, with a few metres of wander, the same in every run. */
export function stay(east_m, north_m, minutes) {
  const ended_ms = Date.now() - 5 * 60_000;
  const fixes = Array.from({ length: minutes * 2 + 1 }, (_, n) => {
    const wander = [6 * Math.sin(n * 2.4), 6 * Math.cos(n * 1.7)];
    const tst_ms = ended_ms - (minutes * 2 - n) * 30_000;
    return { tst_ms, ...place(east_m + wander[0], north_m + wander[1]), accuracy_m: 12 };
  });
  return { sent_ms: Date.now(), fixes };
}
