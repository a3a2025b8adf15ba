import { describe, expect, it } from 'vitest';

import { Batch } from './batch';

const fix = (tst_ms: number) => ({ tst_ms, lat: 30, lon: 120 });

describe('positions on their way', () => {
  it('are thinned to one in ten seconds', () => {
    const batch = new Batch();
    expect([0, 4000, 9999, 10_000, 20_500].map((ms) => batch.push(fix(ms)))).toEqual([true, false, false, true, true]);
  });

  it('stay until they were answered, and those that came meanwhile stay too', () => {
    const batch = new Batch();
    batch.push(fix(0));
    const sent = batch.peek();
    batch.push(fix(10_000));
    batch.sent(sent);
    expect(batch.peek().map(({ tst_ms }) => tst_ms)).toEqual([10_000]);
  });

  it('are bounded: the oldest go and are counted', () => {
    const batch = new Batch();
    for (let n = 0; n < 1003; n++) batch.push(fix(n * 10_000));
    expect([batch.size, batch.lost, batch.peek()[0]?.tst_ms]).toEqual([1000, 3, 30_000]);
  });
});
