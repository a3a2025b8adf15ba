import { expect, test } from 'vitest';

import { inTurn } from './latest';

/** Readings that end when they are told to. */
function readings() {
  const ends: (() => void)[] = [];
  return { ends, read: () => new Promise<void>((resolve) => ends.push(resolve)) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test('what is told while a reading is under way is read once, after it', async () => {
  const { ends, read } = readings();
  const again = inTurn(read);
  let told = 0;
  void again();
  void again().then(() => (told += 1));
  void again().then(() => (told += 1));
  expect(ends.length).toBe(1);
  ends[0]?.();
  await turn();
  expect([ends.length, told]).toEqual([2, 0]);
  ends[1]?.();
  await turn();
  expect([ends.length, told]).toEqual([2, 2]);
});

test('after the last reading the next one begins at once', async () => {
  const { ends, read } = readings();
  const again = inTurn(read);
  void again();
  ends[0]?.();
  await turn();
  void again();
  expect(ends.length).toBe(2);
});

test('a reading that failed keeps no other one from beginning', async () => {
  let begun = 0;
  const again = inTurn(() => ((begun += 1), Promise.reject(new Error('lost'))));
  const first = again().catch(() => undefined);
  const second = again().catch(() => undefined);
  await Promise.all([first, second]);
  await again().catch(() => undefined);
  expect(begun).toBe(3);
});
