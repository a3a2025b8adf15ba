import { expect, it } from 'vitest';

import { tidy, urlFault } from './topics';

it('all stands alone', () => {
  expect(tidy(['call.*'], ['call.*', '*'])).toEqual(['*']);
  expect(tidy(['*'], ['*', 'call.*'])).toEqual(['call.*']);
  expect(tidy([], ['call.*'])).toEqual(['call.*']);
});

it('an address begins with http', () => {
  expect(urlFault('https://crm.example/hook')).toBe(false);
  expect(urlFault('crm.example')).toBe(true);
  expect(urlFault('https:// crm')).toBe(true);
});
