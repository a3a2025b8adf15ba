import { describe, expect, it } from 'vitest';

import type { Channel, TickView } from '../api/views';
import { Lanes } from './lanes';

const tick = (channel: Channel, start_ms: number, speech_ms: number, more: Partial<TickView> = {}): TickView => ({
  channel,
  start_ms,
  span_ms: 100,
  speech_ms,
  voiced_ms: 0,
  nuclei: 0,
  level_db: speech_ms > 0 ? -20 : null,
  clipped_ms: 0,
  dropped_ms: 0,
  ...more,
});

/** A voice as a row of speech in each step of 100 ms. */
function lane(channel: Channel, speech: number[], lanes = new Lanes([channel])): Lanes {
  speech.forEach((speech_ms, step) => lanes.push(tick(channel, step * 100, speech_ms)));
  return lanes;
}

const spans = (found: { start_ms: number; end_ms: number }[]) => found.map(({ start_ms, end_ms }) => [start_ms, end_ms]);

describe('speech', () => {
  it('joins full steps and keeps the true edges', () => {
    const lanes = lane('rep', [0, 40, 100, 100, 70, 0, 0]);
    expect(spans(lanes.runs('rep'))).toEqual([[160, 470]]);
  });

  it('grows with the next step', () => {
    const lanes = lane('rep', [0, 100]);
    expect(spans(lanes.runs('rep'))).toEqual([[100, 200]]);
    lanes.push(tick('rep', 200, 100));
    expect(spans(lanes.runs('rep'))).toEqual([[100, 300]]);
  });

  it('ends in a step that is not full', () => {
    const lanes = lane('rep', [100, 50, 100, 100]);
    expect(spans(lanes.runs('rep'))).toEqual([
      [0, 150],
      [200, 400],
    ]);
  });

  it('takes no notice of a hair in a sound', () => {
    expect(spans(lane('rep', [100, 85, 100]).runs('rep'))).toEqual([[0, 300]]);
  });

  it('has a level for every step, 1 for the loudest', () => {
    const lanes = new Lanes(['rep']);
    [-20, -32, -80].forEach((level_db, step) => lanes.push(tick('rep', step * 100, 100, { level_db })));
    const levels = lanes.runs('rep')[0]?.levels ?? [];
    expect(levels[0]).toBe(1);
    expect(levels[1]).toBeCloseTo(0.5, 2);
    expect(levels[2]).toBe(0);
  });
});

describe('steps', () => {
  it('that come again are ignored', () => {
    const lanes = lane('rep', [100, 100]);
    lane('rep', [0, 0], lanes);
    expect(spans(lanes.runs('rep'))).toEqual([[0, 200]]);
  });

  it('of an unknown channel are ignored', () => {
    const lanes = lane('client', [100], new Lanes(['rep']));
    expect(lanes.newest_ms).toBe(0);
  });

  it('are forgotten after a while', () => {
    const lanes = lane('rep', Array(2000).fill(100));
    expect(lanes.runs('rep')[0]?.start_ms).toBe(110_000);
  });
});

describe('gaps', () => {
  it('are where sound was lost or no step came', () => {
    const lanes = lane('rep', [100, 100]);
    lanes.push(tick('rep', 200, 0, { dropped_ms: 100 }));
    lanes.push(tick('rep', 700, 100));
    expect(spans(lanes.gaps('rep'))).toEqual([[200, 700]]);
  });
});

describe('overlaps', () => {
  it('are where both speak', () => {
    const lanes = new Lanes(['rep', 'client']);
    lane('rep', [100, 100, 100, 0, 0, 100], lanes);
    lane('client', [0, 60, 100, 100, 100, 100], lanes);
    expect(spans(lanes.overlaps())).toEqual([
      [140, 300],
      [500, 600],
    ]);
  });

  it('need two voices', () => {
    expect(lane('mono', [100]).overlaps()).toEqual([]);
  });
});
