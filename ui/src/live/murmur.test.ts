import { describe, expect, it } from 'vitest';

import { beats } from './murmur';

describe('the murmur of the demo', () => {
  it('is silent where nobody speaks', () => {
    expect(beats({ span_ms: 100, speech_ms: 0, nuclei: 0 })).toEqual([{ at_s: 0, loudness: 0 }]);
    expect(beats({ span_ms: 0, speech_ms: 0, nuclei: 0 })).toEqual([{ at_s: 0, loudness: 0 }]);
  });

  it('swells once for each syllable', () => {
    const heard = beats({ span_ms: 200, speech_ms: 200, nuclei: 2 });
    expect(heard.map(({ at_s }) => Math.round(at_s * 1000))).toEqual([0, 70, 100, 170]);
    expect(heard.map(({ loudness }) => loudness > 0.5)).toEqual([true, false, true, false]);
  });
});
