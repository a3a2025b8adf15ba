// Who is nearest of the places that a phone keeps. It knows distances alone.
import type { Best, Site } from '../api/visits';
import type { Position } from './where';

const DEGREE_M = 111_320;

/** As many as a thumb chooses from. */
const BEST_MAX = 3;

/** Further away than this, and than the position can be wrong, nobody is at a client's. */
const NEAR_M = 300;

/** A position is no better than this, whatever it says: reflections indoors. */
const SIGMA_M_MIN = 12;

/** A radius of 68 % is so many standard deviations of one axis. */
const RADIUS_68 = 1.515;

/** From here it need not be asked. */
const SURE = 0.85;

export const apart_m = (a: { lat: number; lon: number }, b: { lat: number; lon: number }): number =>
  Math.hypot((a.lat - b.lat) * DEGREE_M, (a.lon - b.lon) * DEGREE_M * Math.cos((a.lat * Math.PI) / 180));

type Known = Pick<Site, 'id' | 'name' | 'client' | 'client_name' | 'floor' | 'suite' | 'point' | 'radius_m'>;

/** Likeliest first; how likely by distance against how far off the position may be. */
export function nearest(sites: Known[], position: Position): { items: Best[]; sure: boolean } {
  const sigma_m = Math.max(SIGMA_M_MIN, position.accuracy_m / RADIUS_68);
  const far_m = NEAR_M + 2 * position.accuracy_m;
  const reached = sites
    .map((site) => ({ site, away_m: Math.max(0, apart_m(position, site.point) - (site.radius_m ?? 0) / 2) }))
    .filter(({ away_m }) => away_m <= far_m)
    .sort((a, b) => a.away_m - b.away_m)
    .slice(0, BEST_MAX);
  const weights = reached.map(({ away_m }) => Math.exp(-((away_m / sigma_m) ** 2) / 2));
  const sum = weights.reduce((all, one) => all + one, 0);
  const items = reached.map(({ site: { id, name, client, client_name, floor, suite } }, at) => ({
    site: id,
    site_name: name,
    client,
    client_name,
    floor: floor ?? null,
    suite: suite ?? null,
    share: sum === 0 ? 1 / reached.length : (weights[at] ?? 0) / sum,
  }));
  return { items, sure: (items[0]?.share ?? 0) >= SURE };
}
