import { describe, expect, it } from 'vitest';

import { Keys, uuid } from './keys';

describe('the key of a request', () => {
  let made = 0;
  const keys = new Keys(() => `k${(made += 1)}`);

  it('stays while nobody knows whether it arrived', () => {
    expect(keys.of('POST /teams {"name":"A"}')).toBe('k1');
    expect(keys.of('POST /teams {"name":"A"}')).toBe('k1');
  });

  it('is another for another request, and for the same one after its answer', () => {
    expect(keys.of('POST /teams {"name":"B"}')).toBe('k2');
    keys.answered('POST /teams {"name":"A"}');
    expect(keys.of('POST /teams {"name":"A"}')).toBe('k3');
  });

  it('is a random UUID', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const some = Array.from({ length: 50 }, uuid);
    for (const one of some) expect(one).toMatch(form);
    expect(new Set(some).size).toBe(50);
  });
});
