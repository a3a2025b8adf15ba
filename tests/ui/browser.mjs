// A real Chromium. Remembers everything that a page should not do.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ROOT } from './appliance.mjs';

const require = createRequire(join(ROOT, 'ui/package.json'));
const { chromium } = require('playwright-core');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A microphone that plays a file once, or the browser's own beeps. */
export const fakeMicrophone = (file) => [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  ...(file === undefined ? [] : [`--use-file-for-fake-audio-capture=${file}%noloop`]),
];

export const launch = (flags = []) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...flags] });

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

/** How many times slower than it is a page runs: what races shows on a slow machine. */
const SLOWER = Number(process.env.UNDERTONE_UI_SLOWER ?? 1);

/**
 * A page with a language and a theme; `page.strays` collects requests that leave the appliance and complaints,
 * `page.underway` what it has asked and not been answered yet.
 */
export async function open(browser, { lang = 'zh', theme = 'light', viewport = PHONE, worker = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport,
    // Webviews have none; what it does is looked at where it is asked for.
    serviceWorkers: worker ? 'allow' : 'block',
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
    colorScheme: theme,
    ...more,
  });
  const page = await context.newPage();
  page.strays = { requests: [], complaints: [] };
  page.underway = new Set();
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.underway.delete(request));
  page.on('request', (request) => {
    if (request.resourceType() !== 'eventsource') page.underway.add(request);
    const { hostname, protocol } = new URL(request.url());
    const local = hostname === '127.0.0.1' || hostname === 'localhost' || protocol === 'data:' || protocol === 'blob:';
    if (!local) page.strays.requests.push(request.url());
  });
  page.on('pageerror', (error) => page.strays.complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser is told to have no workers, and says so.
    if (message.text() === 'Service Worker registration blocked by Playwright') return;
    if (message.type() === 'error' || message.type() === 'warning') page.strays.complaints.push(message.text());
  });
  if (SLOWER > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  return page;
}

/** An address in a page made anew: nothing of what stood there before is taken for what comes. */
export async function anew(page, address) {
  await page.goto('about:blank');
  await page.goto(address);
}

/** Nobody looks at a page any more whose test is over. */
export const leave = (browser) => Promise.all(browser.contexts().map((context) => context.close()));

export const AXE = require.resolve('axe-core/axe.min.js');
