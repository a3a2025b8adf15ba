import { expect, it } from 'vitest';

import type { MeasureView, SideView } from '../api/views';
import { curve, type Point, Trails } from './trails';

const measure = (value: number | null, usual: number[] | null = null): MeasureView =>
  ({ value, usual }) as MeasureView;

const side = (rate: number | null): SideView =>
  ({
    channel: 'rep',
    speech_rate_hz: measure(rate),
    pauses_per_min: measure(null),
    pitch_sd_st: measure(null),
    response_latency_s: measure(null),
  }) as SideView;

it('keeps one minute', () => {
  const trails = new Trails();
  for (let second = 0; second < 100; second++) trails.push({ at_ms: second * 1000, sides: [side(second)], overlaps: 0, reserve: { value: null, unknown: 'warming_up', drivers: [] } });
  const points = trails.of('rep', 'speech_rate_hz');
  expect(points.length).toBe(60);
  expect(points.at(0)?.value).toBe(40);
  expect(trails.of('client', 'speech_rate_hz')).toEqual([]);
});

it('is broken where a value was unknown', () => {
  const points: Point[] = [4, 5, null, 5].map((value, second) => ({ at_ms: second * 1000, value }));
  const { path, end } = curve(points, measure(5), 'speech_rate_hz', 100, 40);
  expect(path.match(/M/g)?.length).toBe(2);
  expect(end?.x).toBe(97);
});

it('has no end while the newest value is unknown', () => {
  expect(curve([{ at_ms: 0, value: null }], measure(null), 'speech_rate_hz', 100, 40).end).toBeUndefined();
});

it('shows the usual range inside the box', () => {
  const { usual } = curve([{ at_ms: 0, value: 4 }], measure(4, [3, 9]), 'speech_rate_hz', 100, 40);
  expect(usual?.y).toBe(3);
  expect(usual?.height).toBe(34);
});

it('does not blow up small changes', () => {
  const points: Point[] = [4, 4.01].map((value, second) => ({ at_ms: second * 1000, value }));
  const ys = [...curve(points, measure(4), 'speech_rate_hz', 100, 40).path.matchAll(/ (\d+\.?\d*)/g)].map(([, y]) => Number(y));
  expect(Math.abs((ys[0] ?? 0) - (ys[1] ?? 99))).toBeLessThan(1);
});
