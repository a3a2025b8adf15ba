import { describe, expect, it } from 'vitest';

import type { HintView, MomentView } from '../api/views';
import { momentsOf } from './moments';

const words = { zh: '慢', en: 'slow' };
const hint = (id: number, at_ms: number, kind: string, side = 'client'): MomentView => ({
  event: 'hint.shown',
  unix_ms: 0,
  hint: { id, at_ms, rule: 'a', side, kind, text: words, drivers: [words], because: words, model_id: 'm', playbook: 'p' } as HintView,
});
const objection = (onset_ms: number): MomentView => ({
  event: 'objection.signalled',
  unix_ms: 0,
  objection: { at_ms: onset_ms + 6000, onset_ms, score: 3, drivers: [words], model_id: 'm' },
});

describe('the moments of a call', () => {
  it('show a signal and the hint that speaks of it as one', () => {
    const moments = momentsOf([objection(100_000), hint(1, 107_000, 'objection'), objection(200_000)]);
    expect(moments.map(({ at_ms, hint: shown }) => [at_ms, shown?.id])).toEqual([
      [100_000, 1],
      [200_000, undefined],
    ]);
  });

  it('know whose lane and what it was worth, as said last', () => {
    const rated = (rating: 'useful' | 'wrong'): MomentView => ({ event: 'hint.rated', unix_ms: 0, at_ms: 0, hint_id: 2, rating });
    const moments = momentsOf([hint(1, 5000, 'reserve'), hint(2, 90_000, 'monologue', 'rep'), rated('wrong'), rated('useful')]);
    expect(moments.map(({ side, rating }) => [side, rating])).toEqual([
      ['client', undefined],
      ['rep', 'useful'],
    ]);
  });
});
