// How far the sound carries the measures, in words.
import type { SideView } from '../api/views';

export type Quality = 'unknown' | 'clear' | 'noisy' | 'too_loud' | 'patchy';

/** Below, the measures of pitch and pauses suffer. */
const SNR_DB_MIN = 12;
const CLIPPED_MAX = 0.01;
const DROPPED_MAX = 0.02;

export function qualityOf(side: SideView): Quality {
  if (side.dropped_share > DROPPED_MAX) return 'patchy';
  if (side.clipped_share > CLIPPED_MAX) return 'too_loud';
  if (side.snr_db === null || side.snr_db === undefined) return 'unknown';
  return side.snr_db < SNR_DB_MIN ? 'noisy' : 'clear';
}

const WORST_FIRST: Quality[] = ['patchy', 'too_loud', 'noisy', 'clear', 'unknown'];

/** The worst of all sides. */
export function qualityOfAll(sides: SideView[]): Quality {
  const found = sides.map(qualityOf);
  return WORST_FIRST.find((quality) => found.includes(quality)) ?? 'unknown';
}
