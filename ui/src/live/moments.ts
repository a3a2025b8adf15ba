// The moments of a call as a picture and a list show them: each hint and signal once, with what came of it.
import type { Channel, HintView, MomentView, ObjectionView, Rating, WordsView } from '../api/views';

export interface Moment {
  at_ms: number;
  /** Whose lane it stands on. */
  side: Channel;
  drivers: WordsView[];
  /** What was shown; undefined for a signal without a hint. */
  hint?: HintView;
  rating?: Rating;
}

/** A hint that speaks of a signal comes within this time of it: both are one moment. */
const SAME_MS = 9000;

export function momentsOf(all: MomentView[]): Moment[] {
  const moments: Moment[] = [];
  for (const one of all) {
    if (one.event === 'objection.signalled') moments.push(ofObjection(one.objection));
    if (one.event === 'hint.shown') add(moments, one.hint);
    if (one.event === 'hint.rated') {
      const rated = moments.find(({ hint }) => hint?.id === one.hint_id);
      if (rated !== undefined) rated.rating = one.rating;
    }
  }
  return moments.sort((one, other) => one.at_ms - other.at_ms);
}

const ofObjection = ({ onset_ms, drivers }: ObjectionView): Moment => ({ at_ms: onset_ms, side: 'client', drivers });

function add(moments: Moment[], hint: HintView): void {
  const last = moments.at(-1);
  const same = hint.kind === 'objection' && last !== undefined && last.hint === undefined && hint.at_ms - last.at_ms < 2 * SAME_MS;
  if (same) last.hint = hint;
  else moments.push({ at_ms: hint.at_ms, side: hint.side === 'rep' ? 'rep' : 'client', drivers: hint.drivers, hint });
}
