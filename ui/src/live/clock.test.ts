import { expect, it } from 'vitest';

import { LaneClock } from './clock';

it('moves evenly between steps that come unevenly', () => {
  const clock = new LaneClock();
  let before = 0;
  for (let step = 1; step <= 50; step++) {
    const now_ms = 1000 + step * 100 + (step % 3) * 30;
    clock.hear(step * 100, now_ms);
    const at = clock.at(now_ms + 50);
    if (step > 5) expect(Math.abs(at - before - 100)).toBeLessThan(70);
    before = at;
  }
});

it('stops a little behind the newest step when nothing comes any more', () => {
  const clock = new LaneClock();
  clock.hear(5000, 1000);
  expect(clock.at(1100)).toBe(5100);
  expect(clock.at(60_000)).toBe(5250);
});

it('jumps over a gap at once', () => {
  const clock = new LaneClock();
  clock.hear(5000, 1000);
  clock.hear(25_000, 1200);
  expect(clock.at(1200)).toBe(25_000);
});

it('shows nothing before the first step', () => {
  expect(new LaneClock().at(1234)).toBe(0);
});
