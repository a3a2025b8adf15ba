// The advice before the truck leaves, as a rep meets it: on the client's card, in the form of a shipment, at its door.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Appliance } from './appliance.mjs';
import { DESK, launch, open, PHONE } from './browser.mjs';
import { ask, settle } from './company.mjs';

const ADVICE = '该客户超期应收款已达¥186,400，建议暂缓发货';

let browser;
let appliance;
/** On a phone. */
let page;
let client;
let contract;

const add = async (table, values) => {
  const made = await ask(page, 'POST', `/tables/${table}/records`, { values });
  assert.ok(made.id, JSON.stringify(made));
  return made.id;
};

before(async () => {
  browser = await launch();
  appliance = await Appliance.start();
  page = await open(browser, { viewport: PHONE });
  await settle(page, appliance);
  client = await add('clients', { name: '华东汽配', term_kind: 'net', term_days: 30, credit_limit: 30_000_000 });
  const product = await add('products', { code: 'P1', name: '滤芯' });
  contract = await add('contracts', { number: 'HT-1', client, signed_on: '2020-01-01' });
  const line = await add('contract_lines', { contract, product, quantity: 200, price: 100_000 });
  const shipment = await add('shipments', { contract, shipped_on: '2020-01-10' });
  const sent = await add('shipment_lines', { shipment, line, quantity: 190 });
  const receipt = await add('receipts', { shipment, signed_on: '2020-01-11' });
  await add('receipt_lines', { receipt, line: sent, quantity: 190 });
  const paid = await add('invoices', { contract, number: 'FP-0', amount: 100_000, issued_on: '2020-01-31' });
  const payment = await add('payments', { client, amount: 100_000, received_on: '2020-03-12' });
  await add('allocations', { payment, invoice: paid, amount: 100_000 });
  await add('invoices', { contract, number: 'FP-1', amount: 18_640_000, issued_on: '2020-02-01' });
});

after(async () => {
  await browser.close();
  await appliance.stop();
});

async function at(path) {
  await page.goto('about:blank');
  await page.goto(`${appliance.url}/#/${path}`);
}

/** The sheet says the same wherever it stands, and fits. */
async function sheet() {
  const credit = page.getByRole('region', { name: '信用' });
  await credit.getByText(ADVICE, { exact: true }).waitFor();
  const said = (await credit.innerText()).replace(/\s+/g, ' ');
  for (const part of ['应收款余额 ¥186,400', '剩余额度 ¥113,600', '票后 30 天', '超期 90 天以上 ¥186,400', '2020-03-12 晚 11 天 ¥1,000']) {
    assert.ok(said.includes(part), `${part}: ${said}`);
  }
  const { x, width } = await credit.boundingBox();
  assert.ok(x >= 0 && x + width <= page.viewportSize().width, 'nothing is cut off');
}

test('the card of a client says how it stands, on a phone and at a desk', { timeout: 60_000 }, async () => {
  await at(`client/${client}`);
  await sheet();
  await page.setViewportSize(DESK);
  await sheet();
  await page.setViewportSize(PHONE);
});

test('who asks for goods reads the advice first, and says why they go all the same', { timeout: 60_000 }, async () => {
  const draft = { kind: 'credit_policy', key: 'default', body: { policy: 'block' }, note: 'test' };
  const { id } = await ask(page, 'POST', '/revisions', draft);
  await ask(page, 'POST', `/revisions/${id}/publish`);
  await at(`data/shipments/new?contract=${contract}`);
  await sheet();
  await page.getByRole('button', { name: '保存' }).click();
  await page.locator('form').getByText(ADVICE).nth(1).waitFor();
  await page.getByLabel('坚持发货的理由').fill('客户今日付款');
  await page.getByRole('button', { name: '保存' }).click();
  await page.waitForURL(/#\/data\/shipments\/\d+$/);
  await page.getByText('客户今日付款').first().waitFor();
  const { items } = await ask(page, 'GET', '/tables/shipments/records?sort=-created_at&limit=1');
  assert.deepEqual([items[0].values.policy, items[0].values.overdue, items[0].values.advice], ['block', 18_640_000, ADVICE]);
});
