import { expect, test } from 'vitest';

import { type Datum, onGlobe, placeIn } from './datum';

/** Within two metres. */
function check(datum: Datum, lat: number, lon: number, want: [number, number]): void {
  const found = onGlobe({ lat, lon, datum });
  expect(Math.hypot((found.lat - want[0]) * 111_320, (found.lon - want[1]) * 95_000)).toBeLessThan(2);
}

test('what a shifted map says lies where it is on the globe', () => {
  check('gcj02', 31.175_304, 121.531_541_9, [31.177_427_6, 121.527_210_6]);
  check('wgs84', 30.25, 120.16, [30.25, 120.16]);
});

test('a place that Baidu says is the one that Amap says', () => {
  const amap = onGlobe({ lat: 33.011_532_4, lon: 114.022_306, datum: 'gcj02' });
  check('bd09', 33.017_669_7, 114.028_778_1, [amap.lat, amap.lon]);
});

test('what is no place is none', () => {
  expect([placeIn(null), placeIn({ id: 3 }), placeIn({ lat: 1, lon: 2 })]).toEqual([undefined, undefined, { lat: 1, lon: 2, datum: 'wgs84' }]);
});
