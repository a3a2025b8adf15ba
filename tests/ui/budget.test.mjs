// Small, and only from the appliance. How fast and how smooth: long/pace.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Appliance } from './appliance.mjs';
import { launch, open } from './browser.mjs';

const SHELL_GZIP_MAX = 60 * 1024;

let appliance;
let browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

test('the script that the first view needs is small', async () => {
  const page = await open(browser);
  const scripts = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.push(response);
  });
  await page.goto(appliance.url);
  await page.locator('.choices').waitFor();
  const sizes = await Promise.all(scripts.map(async (script) => gzipSync(await script.body(), { level: 9 }).length));
  const sum = sizes.reduce((all, size) => all + size, 0);
  console.log(`# shell: ${(sum / 1024).toFixed(1)} KiB gzip in ${sizes.length} files`);
  assert.ok(sum <= SHELL_GZIP_MAX, `${sum} bytes`);
});

test('scripts and connections come from the appliance alone', async () => {
  const response = await fetch(appliance.url);
  const policy = response.headers.get('content-security-policy');
  const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? /default-src ([^;]+)/.exec(policy)?.[1];
  assert.equal(scripts, "'self'");
  assert.match(policy, /default-src 'none'|default-src 'self'/);
  assert.doesNotMatch(await response.text(), /<script>|<style|\son\w+=|https?:/);
});
