import { describe, expect, it } from 'vitest';

import { boundsOf, circle, grid, scaleOf } from './ground';

const DEGREE_M = 111_320;
const HANGZHOU = { lat: 30.27, lon: 120.15 };

describe('a circle', () => {
  it('has every corner at its radius and closes', () => {
    const ring = circle(HANGZHOU, 80);
    expect(ring[0]?.map((value) => value.toFixed(9))).toEqual(ring.at(-1)?.map((value) => value.toFixed(9)));
    for (const [lon, lat] of ring) {
      const east = (lon - HANGZHOU.lon) * DEGREE_M * Math.cos((HANGZHOU.lat * Math.PI) / 180);
      expect(Math.hypot(east, (lat - HANGZHOU.lat) * DEGREE_M)).toBeCloseTo(80, 6);
    }
  });
});

describe('the scale', () => {
  it('is a round length that fits', () => {
    for (const [metres_per_px, metres] of [[1, 100], [1.7, 200], [4.2, 500], [0.05, 5], [1000, 100_000]] as const) {
      const scale = scaleOf(metres_per_px, 120);
      expect(scale.metres).toBe(metres);
      expect(scale.px).toBeLessThanOrEqual(120);
    }
  });
});

describe('the grid', () => {
  it('stays where it is when the map moves', () => {
    const here = grid([120, 30, 120.02, 30.02], 500);
    const there = grid([120.001, 30.001, 120.021, 30.021], 500);
    const rows = (lines: [number, number][][]) => lines.filter(([a, b]) => a?.[1] === b?.[1]).map(([a]) => a?.[1].toFixed(9));
    expect(rows(there).filter((row) => rows(here).includes(row)).length).toBeGreaterThan(2);
  });
});

describe('the bounds', () => {
  it('hold all points with room, and are nothing without one', () => {
    expect(boundsOf([])).toBeUndefined();
    const [west, south, east, north] = boundsOf([HANGZHOU, { lat: 30.28, lon: 120.1 }], 100) ?? [0, 0, 0, 0];
    expect([west < 120.1, south < 30.27, east > 120.15, north > 30.28]).toEqual([true, true, true, true]);
  });
});
