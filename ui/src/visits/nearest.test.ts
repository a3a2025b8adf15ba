import { expect, it } from 'vitest';

import { apart_m, nearest } from './nearest';

const site = (id: number, north_m: number) => ({
  id, name: `s${id}`, client: id, client_name: `c${id}`, floor: null, suite: null, radius_m: 60,
  point: { lat: 30 + north_m / 111_320, lon: 120 },
});
const position = (accuracy_m: number) => ({ lat: 30, lon: 120, accuracy_m, tst_ms: 0 });

it('measures along both axes', () => {
  expect(apart_m({ lat: 30, lon: 120 }, { lat: 30.001, lon: 120 })).toBeCloseTo(111.3, 0);
  expect(apart_m({ lat: 60, lon: 120 }, { lat: 60, lon: 120.001 })).toBeCloseTo(55.7, 0);
});

it('offers three at most, nearest first, and nobody who is far', () => {
  const { items, sure } = nearest([site(1, 200), site(2, 10), site(3, 100), site(4, 150), site(5, 5000)], position(15));
  expect(items.map(({ site }) => site)).toEqual([2, 3, 4]);
  expect(sure).toBe(true);
  expect(nearest([site(5, 5000)], position(15)).items).toEqual([]);
});

it('is not sure of two doors in one street', () => {
  const { items, sure } = nearest([site(1, 20), site(2, -25)], position(40));
  expect([items.length, sure]).toEqual([2, false]);
  expect(items.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});
