import { expect, it } from 'vitest';

import { troubleOf } from './microphone';

it.each([
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotFoundError', 'missing'],
  ['OverconstrainedError', 'missing'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
  ['UnknownError', 'failed'],
])('knows what %s means', (name, trouble) => {
  expect(troubleOf(new DOMException('', name))).toBe(trouble);
});

it('does not guess at other faults', () => {
  expect(troubleOf(new TypeError('x'))).toBe('failed');
  expect(troubleOf(undefined)).toBe('failed');
});
