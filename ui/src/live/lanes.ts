// The last minutes of each voice as the lanes show them: pure geometry on the audio clock.
import type { Channel, TickView } from '../api/views';

export interface Span {
  start_ms: number;
  end_ms: number;
}

/** A stretch of speech; `levels` has one value 0..1 a step of 100 ms. */
export interface Run extends Span {
  levels: number[];
}

interface Step extends Span {
  speech_ms: number;
  level: number;
  lost: boolean;
}

/** More than the widest lane shows. */
const KEEP_MS = 90_000;

/** Less speech in a step is the edge of a sound, not a sound. */
const SPEECH_MS_MIN = 20;

/** How far below the loudest speech of the call a level may lie to have a height of its own. */
const RANGE_DB = 24;

/** The loudest speech is forgotten slowly, so that one shout does not flatten the rest. */
const FORGET_DB = 0.02;

const QUIETEST_DB = -60;

export class Lanes {
  /** The end of the newest step. */
  newest_ms = 0;
  private readonly steps = new Map<Channel, Step[]>();
  private readonly shapes = new Map<string, unknown>();
  private readonly loudest_db = new Map<Channel, number>();

  constructor(readonly channels: Channel[]) {
    for (const channel of channels) this.steps.set(channel, []);
  }

  /** Steps come in order; what comes again after a reconnect is ignored. */
  push(tick: TickView): void {
    const steps = this.steps.get(tick.channel);
    if (steps === undefined || tick.start_ms < (steps.at(-1)?.end_ms ?? 0)) return;
    const end_ms = tick.start_ms + tick.span_ms;
    steps.push({
      start_ms: tick.start_ms,
      end_ms,
      speech_ms: tick.speech_ms,
      level: tick.speech_ms < SPEECH_MS_MIN ? 0 : this.level(tick.channel, tick.level_db ?? QUIETEST_DB),
      lost: tick.dropped_ms * 2 > tick.span_ms,
    });
    this.shapes.clear();
    this.newest_ms = Math.max(this.newest_ms, end_ms);
    const kept = steps.findIndex((step) => step.end_ms > this.newest_ms - KEEP_MS);
    if (kept > 0) steps.splice(0, kept);
  }

  /** Where this voice speaks. */
  runs(channel: Channel): Run[] {
    return this.kept(`runs ${channel}`, () => runsOf(this.steps.get(channel) ?? []));
  }

  /** Where nothing could be heard: sound was lost, or no step came at all. */
  gaps(channel: Channel): Span[] {
    return this.kept(`gaps ${channel}`, () => gapsOf(this.steps.get(channel) ?? []));
  }

  /** Where both voices speak at once. */
  overlaps(): Span[] {
    const [one, other] = this.channels;
    if (one === undefined || other === undefined) return [];
    return this.kept('overlaps', () => bothOf(this.runs(one), this.runs(other)));
  }

  /** Frames come more often than steps: a shape is made once a step. */
  private kept<T>(name: string, make: () => T): T {
    const made = (this.shapes.get(name) as T | undefined) ?? make();
    this.shapes.set(name, made);
    return made;
  }

  private level(channel: Channel, db: number): number {
    const loudest_db = Math.max((this.loudest_db.get(channel) ?? QUIETEST_DB) - FORGET_DB, db);
    this.loudest_db.set(channel, loudest_db);
    return Math.min(1, Math.max(0, 1 + (db - loudest_db) / RANGE_DB));
  }
}

/** A step that is nearly full of speech is full: a hair in a sound is not a pause. */
const FULL = 0.8;

/** The last step of a sound has its silence behind the sound. */
function speechEnd({ start_ms, end_ms, speech_ms }: Step): number {
  return speech_ms >= FULL * (end_ms - start_ms) ? end_ms : start_ms + speech_ms;
}

function runsOf(steps: Step[]): Run[] {
  const runs: Run[] = [];
  let open: Run | undefined;
  for (const step of steps) {
    if (step.speech_ms < SPEECH_MS_MIN || step.lost) {
      open = undefined;
    } else if (open !== undefined && open.end_ms === step.start_ms) {
      open.end_ms = speechEnd(step);
      open.levels.push(step.level);
    } else {
      // The first step of a sound has its silence before the sound.
      open = { start_ms: step.end_ms - step.speech_ms, end_ms: step.end_ms, levels: [step.level] };
      runs.push(open);
    }
    // A step that is not full of speech ends the sound within it.
    if (open !== undefined && open.end_ms < step.end_ms) open = undefined;
  }
  return runs;
}

function gapsOf(steps: Step[]): Span[] {
  const gaps: Span[] = [];
  const add = (start_ms: number, end_ms: number) => {
    const last = gaps.at(-1);
    if (last?.end_ms === start_ms) last.end_ms = end_ms;
    else gaps.push({ start_ms, end_ms });
  };
  let reached: number | undefined;
  for (const step of steps) {
    if (reached !== undefined && step.start_ms > reached) add(reached, step.start_ms);
    if (step.lost) add(step.start_ms, step.end_ms);
    reached = step.end_ms;
  }
  return gaps;
}

function bothOf(mine: Run[], theirs: Run[]): Span[] {
  return mine.flatMap((one) =>
    theirs.flatMap((other) => {
      const start_ms = Math.max(one.start_ms, other.start_ms);
      const end_ms = Math.min(one.end_ms, other.end_ms);
      return start_ms < end_ms ? [{ start_ms, end_ms }] : [];
    }),
  );
}
