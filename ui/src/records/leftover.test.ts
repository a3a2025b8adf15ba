import { expect, test, vi } from 'vitest';

import type { Field, Table } from './shapes';

vi.stubGlobal('localStorage', { getItem: () => 'zh' });
vi.stubGlobal('location', { hash: '', origin: 'http://x' });
vi.stubGlobal('addEventListener', () => undefined);
const { mappingFor } = await import('./leftover');

const field = (key: string, more: Partial<Field> = {}): Field => ({ key, kind: 'text', label: { zh: key, en: key }, ...more });
const table = (key: string, fields: Field[], create = true): Table => ({
  key,
  label: { zh: key, en: key },
  fields,
  access: { read: 'all', create, change: 'all', delete: 'all' },
  title: 'name',
  views: [],
  forms: [],
});
const clients = table('clients', [field('name'), field('grade')]);
const link = field('client', { kind: 'link', to: 'clients', required: true });
const columns = [
  { column: '名称', field: 'name' },
  { column: '等级', field: 'grade' },
  { column: '联系人', field: null },
];

test('what names a record names it in the table that leads here, and what was taken is no field there', () => {
  expect(mappingFor(clients, table('contacts', [link, field('name')]), columns)).toEqual({ 名称: 'client', 等级: null });
});

test('nothing is left over for who may not, for what does not lead here, or where all was taken', () => {
  expect(mappingFor(clients, table('contacts', [link], false), columns)).toBeUndefined();
  expect(mappingFor(clients, table('leads', [{ ...link, required: false }]), columns)).toBeUndefined();
  expect(mappingFor(clients, table('contacts', [link]), columns.slice(0, 2))).toBeUndefined();
  expect(mappingFor(clients, table('contacts', [link]), columns.slice(1))).toBeUndefined();
});
