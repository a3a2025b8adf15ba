// The map as a MapLibre style: a neutral grid or the operator's streets, sites, visits, a day's way. Nothing comes from outside.
import type * as GeoJSON from 'geojson';
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';

import type { Site, Visit } from '../api/visits';
import { circle, type Point } from './ground';

export interface Colours {
  paper: string;
  card: string;
  line: string;
  ink: string;
  quiet: string;
  accent: string;
  good: string;
  warn: string;
  bad: string;
}

const NAMES = ['paper', 'card', 'line', 'ink', 'quiet', 'accent', 'good', 'warn', 'bad'] as const;

/** The tokens as they are now, light or dark. */
export function colours(element: Element): Colours {
  const style = getComputedStyle(element);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as unknown as Colours;
}

type Feature = GeoJSON.Feature;

export interface Ground {
  picked: Feature[];
  sites: Feature[];
  visits: Feature[];
  way: Feature[];
  grid: Feature[];
}

const feature = (geometry: GeoJSON.Geometry, properties: GeoJSON.GeoJsonProperties = {}): Feature => ({ type: 'Feature', geometry, properties });
const point = ({ lat, lon }: Point): GeoJSON.Point => ({ type: 'Point', coordinates: [lon, lat] });

export const lines = (strings: [number, number][][]): Feature[] =>
  strings.map((coordinates) => feature({ type: 'LineString', coordinates }));

/** Whose site it is, and which where it has a name of its own. */
export const labelOf = (client: string, site: string): string => (site === client || site === '' ? client : `${client} · ${site}`);

/** The outline where there is one, else the circle; and the point with its name. */
export function siteFeatures(sites: Site[]): Feature[] {
  return sites.flatMap(({ id, name, client_name, point: at, radius_m, ground }) => {
    const rings = ground ?? (radius_m == null ? [] : [circle(at, radius_m)]);
    const areas = rings.map((ring) => feature({ type: 'Polygon', coordinates: [ring as [number, number][]] }, { site: id }));
    return [...areas, feature(point(at), { site: id, name: labelOf(client_name, name) })];
  });
}

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

export const toneOf = ({ flag, state, client }: Visit): Tone =>
  flag != null ? 'bad' : client == null || state === 'rejected' ? 'quiet' : state === 'confirmed' || state === 'left' ? 'good' : 'warn';

export const visitFeatures = (visits: Visit[], chosen: number | undefined): Feature[] =>
  visits.map((visit) =>
    feature(point(visit), {
      visit: visit.id,
      tone: toneOf(visit),
      chosen: visit.id === chosen,
      name: visit.client_name ?? '',
      mark: visit.flag == null ? '' : '!',
    }),
  );

/** Something at a place. */
export interface Spot extends Point {
  id: number;
  tone: Tone;
  name: string;
}

export const spotFeatures = (spots: Spot[], chosen: number | undefined): Feature[] =>
  spots.map((spot) => feature(point(spot), { visit: spot.id, tone: spot.tone, chosen: spot.id === chosen, name: spot.name, mark: '' }));

/** What was picked: the point and how far it reaches. */
export const pickFeatures = (at: Point, radius_m: number): Feature[] => [
  feature({ type: 'Polygon', coordinates: [circle(at, radius_m)] }),
  feature(point(at)),
];

/** From one visit of somebody to the next; what lies between is nobody's business. */
export function wayFeatures(visits: Visit[]): Feature[] {
  const persons = new Map<number, [number, number][]>();
  for (const { person, lon, lat } of visits) persons.set(person, [...(persons.get(person) ?? []), [lon, lat]]);
  return lines([...persons.values()].filter((stops) => stops.length > 1));
}

const collection = (features: Feature[]) => ({ type: 'geojson' as const, data: { type: 'FeatureCollection' as const, features } });

/** Names come from the fonts of the device: there is no glyph server. */
const FONT = ['system-ui', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', 'sans-serif'];

/** From here on names stand beside their points. */
const NAMES_ZOOM = 13;

/** Layers of the Protomaps basemap, which most PMTiles of streets have, in the page's own calm colours. */
function streets({ paper, line, quiet, accent }: Colours): LayerSpecification[] {
  const source = 'streets';
  const wide = (least: number, most: number) => ['interpolate', ['exponential', 1.6], ['zoom'], 8, least, 18, most];
  const kinds = (...names: string[]) => ['in', ['get', 'kind'], ['literal', names]];
  const name = ['coalesce', ['get', 'name:zh-Hans'], ['get', 'name:zh'], ['get', 'name']];
  return [
    { id: 'earth', type: 'fill', source, 'source-layer': 'earth', paint: { 'fill-color': paper } },
    { id: 'green', type: 'fill', source, 'source-layer': 'landuse', filter: kinds('park', 'forest', 'wood', 'grass'), paint: { 'fill-color': '#3f8f5f', 'fill-opacity': 0.12 } },
    { id: 'water', type: 'fill', source, 'source-layer': 'water', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': accent, 'fill-opacity': 0.18 } },
    { id: 'buildings', type: 'fill', source, 'source-layer': 'buildings', minzoom: 14, paint: { 'fill-color': quiet, 'fill-opacity': 0.12 } },
    { id: 'paths', type: 'line', source, 'source-layer': 'roads', minzoom: 14, filter: kinds('path', 'other'), paint: { 'line-color': line, 'line-width': 1, 'line-dasharray': [2, 2] } },
    { id: 'roads', type: 'line', source, 'source-layer': 'roads', filter: kinds('minor_road', 'medium_road'), paint: { 'line-color': line, 'line-width': wide(0.4, 10) } },
    { id: 'main roads', type: 'line', source, 'source-layer': 'roads', filter: kinds('major_road', 'highway'), paint: { 'line-color': quiet, 'line-opacity': 0.45, 'line-width': wide(0.8, 14) } },
    { id: 'rails', type: 'line', source, 'source-layer': 'roads', filter: kinds('rail'), paint: { 'line-color': quiet, 'line-width': 1, 'line-dasharray': [4, 3] } },
    { id: 'road names', type: 'symbol', source, 'source-layer': 'roads', minzoom: 14, layout: { 'symbol-placement': 'line', 'text-field': name, 'text-font': FONT, 'text-size': 12 }, paint: { 'text-color': quiet, 'text-halo-color': paper, 'text-halo-width': 1.5 } },
    { id: 'places', type: 'symbol', source, 'source-layer': 'places', maxzoom: 15, layout: { 'text-field': name, 'text-font': FONT, 'text-size': 13 }, paint: { 'text-color': quiet, 'text-halo-color': paper, 'text-halo-width': 1.5 } },
  ] as LayerSpecification[];
}

/** `tiles`: where the operator's streets are; without them a grid. */
export function styleOf(ground: Ground, colours: Colours, tiles?: string): StyleSpecification {
  const { paper, card, line, ink, quiet, accent, good, warn, bad } = colours;
  const areas = ['==', ['geometry-type'], 'Polygon'] as const;
  const points = ['==', ['geometry-type'], 'Point'] as const;
  const tone = ['match', ['get', 'tone'], 'good', good, 'warn', warn, 'bad', bad, quiet] as const;
  return {
    version: 8,
    sources: {
      ...(tiles === undefined ? {} : { streets: { type: 'vector' as const, url: tiles } }),
      grid: collection(ground.grid),
      sites: collection(ground.sites),
      way: collection(ground.way),
      visits: collection(ground.visits),
      picked: collection(ground.picked),
    },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': paper } },
      ...(tiles === undefined ? [{ id: 'grid', type: 'line' as const, source: 'grid', paint: { 'line-color': line, 'line-width': 1 } }] : streets(colours)),
      { id: 'areas', type: 'fill', source: 'sites', filter: areas as never, paint: { 'fill-color': accent, 'fill-opacity': 0.12 } },
      { id: 'edges', type: 'line', source: 'sites', filter: areas as never, paint: { 'line-color': accent, 'line-width': 1.5, 'line-opacity': 0.7 } },
      { id: 'way', type: 'line', source: 'way', paint: { 'line-color': quiet, 'line-width': 1.5, 'line-dasharray': [3, 3] } },
      {
        id: 'sites',
        type: 'circle',
        source: 'sites',
        filter: points as never,
        paint: { 'circle-radius': 4, 'circle-color': card, 'circle-stroke-color': accent, 'circle-stroke-width': 2 },
      },
      { id: 'picked area', type: 'fill', source: 'picked', filter: areas as never, paint: { 'fill-color': good, 'fill-opacity': 0.16 } },
      { id: 'picked edge', type: 'line', source: 'picked', filter: areas as never, paint: { 'line-color': good, 'line-width': 2 } },
      {
        id: 'picked',
        type: 'circle',
        source: 'picked',
        filter: points as never,
        paint: { 'circle-radius': 7, 'circle-color': good, 'circle-stroke-color': card, 'circle-stroke-width': 2 },
      },
      {
        id: 'visits',
        type: 'circle',
        source: 'visits',
        paint: {
          'circle-radius': ['case', ['get', 'chosen'], 12, 8],
          'circle-color': tone as never,
          'circle-stroke-color': ['case', ['get', 'chosen'], ink, card],
          'circle-stroke-width': ['case', ['get', 'chosen'], 3, 2],
        },
      },
      {
        id: 'marks',
        type: 'symbol',
        source: 'visits',
        layout: { 'text-field': ['get', 'mark'], 'text-font': FONT, 'text-size': 13, 'text-allow-overlap': true, 'text-ignore-placement': true },
        paint: { 'text-color': card },
      },
      {
        id: 'names',
        type: 'symbol',
        source: 'sites',
        filter: points as never,
        minzoom: NAMES_ZOOM,
        layout: {
          'text-field': ['get', 'name'],
          'text-font': FONT,
          'text-size': 13,
          'text-offset': [0, 0.9],
          'text-anchor': 'top',
          'text-max-width': 9,
          'text-optional': true,
        },
        paint: { 'text-color': ink, 'text-halo-color': paper, 'text-halo-width': 1.5 },
      },
    ],
  };
}
