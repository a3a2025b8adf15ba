import { expect, test } from 'vitest';

import type { Visit } from '../api/visits';
import type { CallView } from '../api/views';
import type { Past, Step } from './api';
import { isIn, PARTS, story } from './story';

const past = [{ at_ms: 10, who: '1', deed: 'created', why: 'person' }, { at_ms: 90_000, who: '1', deed: 'changed', field: 'name', why: 'person' }] as Past[];
const steps = [
  { table: 'sends', id: 1, title: 'x', how: 'came', via: 'client', created_at: 50_000, changed_at: 0 },
  { table: 'products', id: 1, title: 'x', how: 'led', via: 'product', created_at: 60_000, changed_at: 0 },
] as Step[];
const calls = [{ id: 'a', created_ms: 70_000, state: 'ended' }, { id: 'b', created_ms: 71_000, state: 'withdrawn' }] as CallView[];
const visits = [{ id: 1, arrive_ms: 100_000, state: 'confirmed' }, { id: 2, arrive_ms: 100_001, state: 'rejected' }] as Visit[];

test('all that happened stands on one line, newest first, without what was withdrawn, rejected or led to it', () => {
  expect(story(past, steps, calls, visits).map(({ of, at_ms }) => [of, at_ms])).toEqual([['visit', 100_000], ['change', 90_000], ['call', 70_000], ['record', 50_000], ['change', 10]]);
});

test('each part shows its own, and all parts together show all', () => {
  const all = story(past, steps, calls, visits);
  expect(PARTS.map((part) => all.filter((one) => isIn(part, one)).length)).toEqual([5, 2, 1, 2]);
});
