// The last minute of every measure, for the small curves, and where they lie on their own scale.
import type { Channel, MeasureView, SideView, SnapshotView } from '../api/views';

export const MEASURES = ['speech_rate_hz', 'pauses_per_min', 'pitch_sd_st', 'response_latency_s'] as const;

export type MeasureName = (typeof MEASURES)[number];

/** Digits behind the point: as many as a listener could tell apart. */
export const DIGITS: Record<MeasureName, number> = {
  speech_rate_hz: 1,
  pauses_per_min: 0,
  pitch_sd_st: 1,
  response_latency_s: 1,
};

export interface Point {
  at_ms: number;
  value: number | null;
}

const TRAIL_MS = 60_000;

/** A trail as tall as its own noise would look like news. */
const SPREAD_MIN: Record<MeasureName, number> = {
  speech_rate_hz: 2,
  pauses_per_min: 10,
  pitch_sd_st: 2,
  response_latency_s: 1,
};

export class Trails {
  private readonly points = new Map<string, Point[]>();

  push(snapshot: SnapshotView): void {
    for (const side of snapshot.sides) for (const name of MEASURES) this.add(side, name, snapshot.at_ms);
  }

  of(channel: Channel, name: MeasureName): Point[] {
    return this.points.get(`${channel} ${name}`) ?? [];
  }

  private add(side: SideView, name: MeasureName, at_ms: number): void {
    const before = this.of(side.channel, name).filter((point) => point.at_ms > at_ms - TRAIL_MS && point.at_ms < at_ms);
    this.points.set(`${side.channel} ${name}`, [...before, { at_ms, value: side[name].value ?? null }]);
  }
}

export interface Curve {
  /** An SVG path; a gap where the value was unknown. */
  path: string;
  /** The newest point, if it is known. */
  end: { x: number; y: number } | undefined;
  /** The usual range as a rectangle. */
  usual: { y: number; height: number } | undefined;
}

/** The curve in a box; the newest value is at the right edge, one minute ago at the left. */
export function curve(points: Point[], measure: MeasureView, name: MeasureName, width: number, height: number): Curve {
  const inset = 3;
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high] = scale([...known, ...(measure.usual ?? [])], SPREAD_MIN[name]);
  const newest_ms = points.at(-1)?.at_ms ?? 0;
  const x = (at_ms: number) => round(inset + (width - 2 * inset) * (1 - (newest_ms - at_ms) / TRAIL_MS));
  const y = (value: number) => round(inset + (height - 2 * inset) * (1 - (value - low) / (high - low)));
  let path = '';
  let open = false;
  for (const { at_ms, value } of points) {
    if (value !== null) path += `${open ? 'L' : 'M'}${x(at_ms)} ${y(value)}`;
    open = value !== null;
  }
  const last = points.at(-1);
  const end = last === undefined || last.value === null ? undefined : { x: x(last.at_ms), y: y(last.value) };
  return { path, end, usual: band(measure, y) };
}

function band(measure: MeasureView, y: (value: number) => number): Curve['usual'] {
  const [low, high] = measure.usual ?? [];
  if (low === undefined || high === undefined) return undefined;
  return { y: y(high), height: Math.max(2, round(y(low) - y(high))) };
}

function scale(values: number[], spread: number): [number, number] {
  if (values.length === 0) return [0, spread];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, spread - (high - low)) / 2;
  return [low - missing, high + missing];
}

const round = (value: number): number => Math.round(value * 10) / 10;
