// The real program on free ports with a folder of its own, for as long as a test needs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const START_MS = 60_000;

/** Where recordings for tests are, and how slow a page is made, are no settings of the program, which refuses what it does not know. */
const { UNDERTONE_CORPUS: _recordings, UNDERTONE_UI_SLOWER: _slower, ...inherited } = process.env;

/** A time zone in which it is about noon: no test begins before midnight and ends after it. */
const ahead = 12 - new Date().getUTCHours();
export const noon = () => `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;

/** How the day of the appliance is written, so many days from now. */
export const day = (days = 0) => new Intl.DateTimeFormat('sv', { timeZone: noon() }).format(Date.now() + days * 24 * 3600 * 1000);

/** `UNDERTONE`, or what cargo built last. */
export function binary() {
  if (process.env.UNDERTONE) return process.env.UNDERTONE;
  const built = ['release', 'debug'].map((profile) => join(ROOT, 'target', profile, 'undertone')).filter(existsSync);
  const [newest] = built.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (newest === undefined) throw new Error('no program to test: run `cargo build`, or set UNDERTONE to its path');
  return newest;
}

export class Appliance {
  /** `env`: settings beside the usual ones; `more`: flags. */
  static async start(env = {}, more = []) {
    const data = mkdtempSync(join(tmpdir(), 'undertone-ui-'));
    const flags = ['serve', '--listen', '127.0.0.1:0', '--ear-listen', '127.0.0.1:0', '--data', data, ...more];
    const child = spawn(binary(), flags, { stdio: ['ignore', 'pipe', 'ignore'], env: { UNDERTONE_TIME_ZONE: noon(), ...inherited, ...env } });
    const appliance = new Appliance(child, data);
    let said = '';
    [appliance.url, appliance.setup] = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the appliance did not say its address in time')), START_MS);
      child.once('exit', (code) => reject(new Error(`the appliance ended with ${code}`)));
      child.stdout.on('data', (text) => {
        said += String(text);
        // The second line is the link for the first account, in a folder that is new.
        const told = /at (https?:\/\/[\d.]+:\d+)\n.*at (https?:\S+welcome\S+)\n/.exec(said);
        if (told === null) return;
        clearTimeout(late);
        resolve(told.slice(1));
      });
    });
    return appliance;
  }

  constructor(child, data) {
    this.child = child;
    this.data = data;
  }

  /** The process that hears. */
  earPid() {
    const tasks = `/proc/${this.child.pid}/task`;
    const children = readFileSync(`${tasks}/${this.child.pid}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    // Started by another thread of the desk.
    for (let pid = this.child.pid + 1; pid < this.child.pid + 400; pid++) {
      const status = `/proc/${pid}/status`;
      if (existsSync(status) && readFileSync(status, 'utf8').includes(`PPid:\t${this.child.pid}\n`)) return pid;
    }
    throw new Error('the appliance has no ear');
  }

  async api(path, body) {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${this.url}/api/v1${path}`, init);
    return response.status === 204 ? undefined : response.json();
  }

  async stop() {
    const gone = this.child.exitCode === null && this.child.signalCode === null ? once(this.child, 'exit') : undefined;
    this.child.kill('SIGTERM');
    await gone;
    rmSync(this.data, { recursive: true, force: true });
  }
}
