// Metres on the ground → shapes of GeoJSON in degrees.

export interface Point {
  lat: number;
  lon: number;
}

/** West, south, east, north. */
export type Bounds = [number, number, number, number];

/** As everywhere in the appliance: metres of a degree of latitude. */
const DEGREE_M = 111_320;

const CORNERS = 48;

const lonMetres = (lat: number): number => DEGREE_M * Math.max(0.01, Math.cos((lat * Math.PI) / 180));

/** A circle as a ring. */
export function circle({ lat, lon }: Point, radius_m: number): [number, number][] {
  return Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const angle = (corner / CORNERS) * 2 * Math.PI;
    return [lon + (radius_m * Math.cos(angle)) / lonMetres(lat), lat + (radius_m * Math.sin(angle)) / DEGREE_M];
  });
}

export interface Scale {
  metres: number;
  /** How wide that is on the screen. */
  px: number;
}

/** The longest round length (1, 2 or 5 with zeros) that is not wider than `px_max`. */
export function scaleOf(metres_per_px: number, px_max: number): Scale {
  const most = metres_per_px * px_max;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((round) => round * power <= most) ?? 1) * power;
  return { metres, px: metres / metres_per_px };
}

/** A grid of squares `step_m` wide over what is shown, fixed to the ground. */
export function grid([west, south, east, north]: Bounds, step_m: number): [number, number][][] {
  const step_lat = step_m / DEGREE_M;
  // One width of squares for the whole sheet, so that lines are straight; it changes only far away.
  const step_lon = step_m / lonMetres(Math.round((south + north) / 2));
  const lines: [number, number][][] = [];
  for (let lat = Math.ceil(south / step_lat) * step_lat; lat <= north; lat += step_lat) lines.push([[west, lat], [east, lat]]);
  for (let lon = Math.ceil(west / step_lon) * step_lon; lon <= east; lon += step_lon) lines.push([[lon, south], [lon, north]]);
  return lines;
}

/** What holds all points, with room around; nothing without a point. */
export function boundsOf(points: Point[], room_m = 300): Bounds | undefined {
  if (points.length === 0) return undefined;
  const lats = points.map(({ lat }) => lat);
  const lons = points.map(({ lon }) => lon);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const room_lat = room_m / DEGREE_M;
  const room_lon = room_m / lonMetres((south + north) / 2);
  return [Math.min(...lons) - room_lon, south - room_lat, Math.max(...lons) + room_lon, north + room_lat];
}
