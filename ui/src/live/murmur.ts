// The figures of the demo made audible: a murmur where somebody speaks, a beat for each syllable. Made here, from figures
// alone: no sound comes from the appliance, and none is kept.
import type { Channel, TickView } from '../api/views';

/** How a side sounds: the pitch of its voice, the place of its vowels, and where it sits. */
interface Side {
  f0_hz: number;
  formants_hz: [number, number];
  pan: number;
}

const SIDES: Record<Channel, Side> = {
  rep: { f0_hz: 115, formants_hz: [520, 1400], pan: -0.4 },
  client: { f0_hz: 205, formants_hz: [600, 1650], pan: 0.4 },
  mono: { f0_hz: 150, formants_hz: [560, 1500], pan: 0 },
};

const LOUDNESS = 0.16;
/** A syllable swells and fades in so much of its time. */
const GLIDE_S = 0.02;
const REST = 0.35;
/** Steps are played a little late, so that uneven ones do not crackle; what has queued up longer is passed over. */
const AHEAD_S = 0.12;
const QUEUE_S_MAX = 0.6;

export interface Beat {
  /** From the beginning of the step, in seconds. */
  at_s: number;
  loudness: number;
}

/** How loud a step is over its time: a swell for each syllable, silence where nobody speaks. */
export function beats({ span_ms, speech_ms, nuclei }: Pick<TickView, 'span_ms' | 'speech_ms' | 'nuclei'>): Beat[] {
  const span_s = span_ms / 1000;
  const share = span_ms === 0 ? 0 : speech_ms / span_ms;
  if (share < 0.2) return [{ at_s: 0, loudness: 0 }];
  if (nuclei === 0) return [{ at_s: 0, loudness: REST * share }];
  const each_s = span_s / nuclei;
  return Array.from({ length: nuclei }, (_, n) => [
    { at_s: n * each_s, loudness: share },
    { at_s: (n + 0.7) * each_s, loudness: REST * share },
  ]).flat();
}

export class Murmur {
  private readonly context = new AudioContext();
  private readonly gains = new Map<Channel, { gain: GainNode; until_s: number }>();

  hear(tick: TickView): void {
    const side = this.side(tick.channel);
    const now_s = this.context.currentTime;
    if (side.until_s - now_s > QUEUE_S_MAX) return;
    const start_s = Math.max(side.until_s, now_s + AHEAD_S);
    for (const { at_s, loudness } of beats(tick)) side.gain.gain.setTargetAtTime(loudness * LOUDNESS, start_s + at_s, GLIDE_S);
    side.until_s = start_s + tick.span_ms / 1000;
  }

  end(): void {
    void this.context.close();
  }

  private side(channel: Channel): { gain: GainNode; until_s: number } {
    const known = this.gains.get(channel);
    if (known !== undefined) return known;
    const { f0_hz, formants_hz, pan } = SIDES[channel];
    const made = { gain: new GainNode(this.context, { gain: 0 }), until_s: 0 };
    const voice = new OscillatorNode(this.context, { type: 'sawtooth', frequency: f0_hz });
    for (const frequency of formants_hz) voice.connect(new BiquadFilterNode(this.context, { type: 'bandpass', frequency, Q: 4 })).connect(made.gain);
    made.gain.connect(new StereoPannerNode(this.context, { pan })).connect(this.context.destination);
    voice.start();
    this.gains.set(channel, made);
    return made;
  }
}
