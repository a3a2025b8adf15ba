import { expect, test, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => 'zh' });
vi.stubGlobal('location', { hash: '', origin: 'http://x' });
vi.stubGlobal('addEventListener', () => undefined);
const { clientOf } = await import('./clients');

const row = (values: Record<string, unknown>) => ({ id: 7, uid: '', version: 1, values });

test('a record is a client as far as the role sees it', () => {
  expect(clientOf(row({ name: '华东医药', aliases: ['东药'], grade: 'A', owner: 3, analyse: true }))).toEqual({
    id: 7,
    name: '华东医药',
    aliases: ['东药'],
    industry: undefined,
    stage: undefined,
    grade: 'A',
    owner: 3,
    analyse: true,
  });
  expect(clientOf(row({}))).toMatchObject({ name: '#7', aliases: [], owner: undefined });
});

test('only who refused is not measured', () => {
  expect(clientOf(row({ analyse: false })).analyse).toBe(false);
  expect(clientOf(row({})).analyse).toBe(true);
});
