// Draws the lanes: speech solid, pauses as gaps, both at once hatched, lost sound dotted.
import type { Channel } from '../api/views';
import type { Lanes, Run, Span } from './lanes';

export interface Palette {
  voices: Record<Channel, string>;
  line: string;
  quiet: string;
  card: string;
  /** The family of the marks. */
  font: string;
}

export interface View {
  width: number;
  height: number;
  /** Device pixels a CSS pixel. */
  density: number;
  /** The audio clock at the right edge. */
  now_ms: number;
  /** How much time the width shows. */
  span_ms: number;
}

const MARK_MS = 10_000;

/** Room for the marks of time under the lanes. */
const AXIS = 20;

const HATCH = 6;

/** Radius of the ends of a sound. */
const ROUND = 5;

/** Distance of the points of an outline. */
const POINT = 2;

/** Thickness of the quietest speech. */
const THIN = 0.4;

/** Steps on both sides over which the loudness is evened out. */
const EVEN = 4;

export function paint(context: CanvasRenderingContext2D, lanes: Lanes, view: View, palette: Palette): void {
  const { width, height, density, now_ms, span_ms } = view;
  const from_ms = now_ms - span_ms;
  const x = (ms: number) => ((ms - from_ms) * width) / span_ms;
  const visible = ({ start_ms, end_ms }: Span) => end_ms > from_ms && start_ms < now_ms;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  marks(context, view, x, palette);
  const lane = (height - AXIS) / lanes.channels.length;
  lanes.channels.forEach((channel, index) => {
    const middle = lane * (index + 0.5);
    base(context, width, middle, palette);
    gaps(context, lanes.gaps(channel).filter(visible), x, middle, lane, palette);
    context.fillStyle = palette.voices[channel];
    for (const run of lanes.runs(channel).filter(visible)) voice(context, run, x, middle, lane * 0.4);
  });
  hatch(context, lanes.overlaps().filter(visible), x, height - AXIS, palette);
}

function marks(context: CanvasRenderingContext2D, view: View, x: (ms: number) => number, palette: Palette): void {
  const { width, height, now_ms, span_ms } = view;
  context.fillStyle = palette.quiet;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.font = `12px ${palette.font}`;
  context.textBaseline = 'bottom';
  context.textAlign = 'center';
  const first = Math.ceil(Math.max(0, now_ms - span_ms) / MARK_MS) * MARK_MS;
  context.beginPath();
  for (let at_ms = first; at_ms <= now_ms; at_ms += MARK_MS) {
    const at = Math.round(x(at_ms)) + 0.5;
    context.moveTo(at, 4);
    context.lineTo(at, height - AXIS);
    if (at > 20 && at < width - 20) context.fillText(minutes(at_ms), at, height);
  }
  context.stroke();
}

const minutes = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

function base(context: CanvasRenderingContext2D, width: number, middle: number, palette: Palette): void {
  context.fillStyle = palette.line;
  context.fillRect(0, Math.round(middle), width, 1);
}

function gaps(
  context: CanvasRenderingContext2D,
  spans: Span[],
  x: (ms: number) => number,
  middle: number,
  lane: number,
  palette: Palette,
): void {
  if (spans.length === 0) return;
  context.strokeStyle = palette.quiet;
  context.lineWidth = 2;
  context.setLineDash([1, 5]);
  context.lineCap = 'round';
  context.beginPath();
  for (const { start_ms, end_ms } of spans) {
    for (const y of [middle - lane * 0.28, middle + lane * 0.28]) {
      context.moveTo(x(start_ms), y);
      context.lineTo(x(end_ms), y);
    }
  }
  context.stroke();
  context.setLineDash([]);
  context.lineCap = 'butt';
}

/** One sound: as thick as it is loud, round at both ends. */
function voice(context: CanvasRenderingContext2D, run: Run, x: (ms: number) => number, middle: number, half: number): void {
  const left = x(run.start_ms);
  const right = Math.max(x(run.end_ms), left + 2 * ROUND);
  const count = Math.max(4, Math.ceil((right - left) / POINT));
  const points = Array.from({ length: count + 1 }, (_, index) => {
    const share = index / count;
    const from_end = Math.min(share, 1 - share) * (right - left);
    return [left + share * (right - left), half * thickness(run.levels, share) * cap(from_end)] as const;
  });
  context.beginPath();
  for (const [at, height] of points) context.lineTo(at, middle - height);
  for (const [at, height] of points.reverse()) context.lineTo(at, middle + height);
  context.closePath();
  context.fill();
}

/** A quarter of a circle at each end. */
const cap = (from_end: number): number => Math.sqrt(1 - (1 - Math.min(1, from_end / ROUND)) ** 2);

/** Even the quietest speech is solid; the loudness around a moment is evened out. */
function thickness(levels: number[], share: number): number {
  const middle = share * (levels.length - 1);
  let sum = 0;
  let weights = 0;
  for (let at = Math.max(0, Math.ceil(middle - EVEN)); at <= Math.min(levels.length - 1, middle + EVEN); at++) {
    const weight = 1 - Math.abs(at - middle) / (EVEN + 1);
    sum += (levels[at] ?? 0) * weight;
    weights += weight;
  }
  return THIN + (1 - THIN) * (weights > 0 ? sum / weights : 0);
}

function hatch(
  context: CanvasRenderingContext2D,
  spans: Span[],
  x: (ms: number) => number,
  height: number,
  palette: Palette,
): void {
  if (spans.length === 0) return;
  context.save();
  context.beginPath();
  for (const { start_ms, end_ms } of spans) context.rect(x(start_ms), 0, x(end_ms) - x(start_ms), height);
  context.clip();
  context.strokeStyle = palette.card;
  context.lineWidth = 2;
  context.beginPath();
  // The stripes stand still in time: they move with the sound they mark.
  const first = x(0) % HATCH;
  const left = x(spans[0]?.start_ms ?? 0);
  const right = x(spans.at(-1)?.end_ms ?? 0);
  for (let at = first - height; at < right; at += HATCH) {
    if (at + height < left) continue;
    context.moveTo(at, height);
    context.lineTo(at + height, 0);
  }
  context.stroke();
  context.restore();
}
