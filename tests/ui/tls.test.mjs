// The appliance speaks TLS: what a browser does that trusts its authority, and one that does not.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';

import { Appliance } from './appliance.mjs';
import { fakeMicrophone, launch, open, PHONE } from './browser.mjs';

let appliance;
let http;

before(async () => {
  appliance = await Appliance.start({}, ['--tls']);
  http = appliance.url.replace('https:', 'http:');
});
after(() => appliance.stop());

/** The key of what the port proves itself with, as Chromium names it; verified against the authority as a phone does. */
async function shown(ca) {
  const { hostname: host, port } = new URL(appliance.url);
  const socket = connect({ host, port, ca });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

test('a browser that trusts the authority has microphone, position and workers; sound goes by TLS', { timeout: 90_000 }, async () => {
  const authority = await (await fetch(`${http}/authority.crt`)).text();
  const browser = await launch([...fakeMicrophone(), `--ignore-certificate-errors-spki-list=${await shown(authority)}`]);
  try {
    const page = await open(browser, { lang: 'en', worker: true, geolocation: { latitude: 30, longitude: 120 }, permissions: ['geolocation', 'microphone'] });
    await page.goto(`${appliance.url}/#/browser`);
    assert.deepEqual(
      await page.evaluate(async () => {
        const { coords } = await new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject));
        return [isSecureContext, coords.latitude, (await navigator.serviceWorker.ready).active !== null];
      }),
      [true, 30, true],
    );
    const ear = page.waitForEvent('websocket');
    await page.getByRole('radio', { name: 'The client agreed' }).check();
    await page.getByRole('button', { name: 'Start call' }).click();
    await page.locator('[data-state=live]').waitFor();
    assert.match((await ear).url(), /^wss:\/\/127\.0\.0\.1:/);
    assert.deepEqual(page.strays, { requests: [], complaints: [] });
  } finally {
    await browser.close();
  }
});

test('one that does not is stopped, and plain http says how to install it', { timeout: 60_000 }, async () => {
  const browser = await launch();
  try {
    const page = await open(browser, { viewport: PHONE });
    await assert.rejects(page.goto(appliance.url), /ERR_CERT_AUTHORITY_INVALID/);
    const fresh = await open(browser, { viewport: PHONE, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)' });
    await fresh.goto(http);
    await fresh.getByRole('heading', { name: '先安装证书，再打开页面' }).waitFor();
    assert.deepEqual(await fresh.locator('details[open]').evaluateAll((all) => all.map(({ id }) => id)), ['ios']);
    assert.equal(await fresh.locator('svg').isVisible(), true);
    assert.equal(await fresh.getByRole('link', { name: '已安装，打开页面' }).getAttribute('href'), `${appliance.url}/`);
    const sideways = await fresh.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(sideways, false);
    assert.deepEqual(fresh.strays.complaints, []);
    await assert.rejects(fresh.goto(`${http}/index.html`), /ERR_CERT_AUTHORITY_INVALID/);
  } finally {
    await browser.close();
  }
});
