// China's maps are shifted: a place as it was entered → where it lies on the globe (WGS-84), so that all are on one map.
import type { Point } from '../visits/ground';

export const DATUMS = ['wgs84', 'gcj02', 'bd09'] as const;
export type Datum = (typeof DATUMS)[number];

export interface Place extends Point {
  datum: Datum;
}

/** Krasovsky's ellipsoid of 1940, by which GCJ-02 shifts. */
const AXIS_M = 6_378_245;
const ECCENTRICITY_2 = 0.006_693_421_622_965_943;
/** BD-09 turns by this what GCJ-02 has shifted. */
const BAIDU = (Math.PI * 3000) / 180;

const waves = (at: number, parts: [number, number][]): number => parts.reduce((sum, [size, per]) => sum + size * Math.sin((at * Math.PI) / per), 0) * (2 / 3);

/** How far GCJ-02 lies from a place, in degrees. */
function shift({ lat, lon }: Point): Point {
  const [x, y] = [lon - 105, lat - 35];
  const short: [number, number][] = [[20, 1 / 6], [20, 1 / 2]];
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + waves(x, short) + waves(y, [[20, 1], [40, 3], [160, 12], [320, 30]]);
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + waves(x, short) + waves(x, [[20, 1], [40, 3], [150, 12], [300, 30]]);
  const angle = (lat * Math.PI) / 180;
  const curve = 1 - ECCENTRICITY_2 * Math.sin(angle) ** 2;
  return {
    lat: (north * 180) / (((AXIS_M * (1 - ECCENTRICITY_2)) / (curve * Math.sqrt(curve))) * Math.PI),
    lon: (east * 180) / ((AXIS_M / Math.sqrt(curve)) * Math.cos(angle) * Math.PI),
  };
}

/** To a metre or two. */
export function onGlobe({ lat, lon, datum }: Place): Point {
  if (datum === 'bd09') {
    const [x, y] = [lon - 0.0065, lat - 0.006];
    const far = Math.hypot(x, y) - 0.00002 * Math.sin(y * BAIDU);
    const angle = Math.atan2(y, x) - 0.000003 * Math.cos(x * BAIDU);
    return onGlobe({ lat: far * Math.sin(angle), lon: far * Math.cos(angle), datum: 'gcj02' });
  }
  if (datum === 'wgs84') return { lat, lon };
  const first = shift({ lat, lon });
  const nearer = shift({ lat: lat - first.lat, lon: lon - first.lon });
  return { lat: lat - nearer.lat, lon: lon - nearer.lon };
}

export const placeIn = (value: unknown): Place | undefined => {
  const { lat, lon, datum } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Place>;
  return typeof lat === 'number' && typeof lon === 'number' ? { lat, lon, datum: datum ?? 'wgs84' } : undefined;
};
