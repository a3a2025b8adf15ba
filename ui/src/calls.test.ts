import { expect, test } from 'vitest';

import type { CallView } from './api/views';
import { NEWEST, reordered, sorted } from './calls';

const call = (id: string, created_ms: number, client_name: string | null, share?: number): CallView =>
  ({ id, created_ms, client_name, state: 'ended', elapsed_ms: 1000, summary: share === undefined ? null : { sides: [{ channel: 'rep', talk_share: { value: share } }] } }) as unknown as CallView;

const calls = [call('a', 3, '重庆银行', 0.4), call('b', 2, null, 0.7), call('c', 1, '安康诊所'), call('d', 4, '华东医药', 0.5)];
const ids = (found: CallView[]) => found.map(({ id }) => id).join('');
const none = () => undefined;

test('the newest stand first, and a column turns round', () => {
  expect(ids(sorted(calls, NEWEST, 'zh-CN', none))).toBe('dabc');
  expect(ids(sorted(calls, reordered(NEWEST, 'when'), 'zh-CN', none))).toBe('cbad');
});

test('names stand as they are read, and what has none stands last', () => {
  const byName = reordered(NEWEST, 'client');
  expect(ids(sorted(calls, byName, 'zh-CN', none))).toBe('cadb');
  expect(ids(sorted(calls, reordered(byName, 'client'), 'zh-CN', none))).toBe('dacb');
});

test('the largest share stands first, and an unknown one last either way', () => {
  const byShare = reordered(NEWEST, 'share');
  expect(ids(sorted(calls, byShare, 'zh-CN', none))).toBe('bdac');
  expect(ids(sorted(calls, reordered(byShare, 'share'), 'zh-CN', none))).toBe('adbc');
});
