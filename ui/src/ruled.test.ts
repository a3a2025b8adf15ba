import { describe, expect, it } from 'vitest';

import type { RuleHealthView, RuleView } from './api/views';
import { plain, ruled } from './ruled';

const rule = (id: string) => ({ id, say: { zh: `说${id}`, en: `say ${id}` } }) as RuleView;
const health = (id: string, useful: number, off = false): RuleHealthView => ({
  id,
  say: { zh: `说${id}`, en: `say ${id}` },
  useful,
  not_now: 0,
  wrong: 1,
  share: null,
  off,
  reason: null,
  by: null,
  at_ms: null,
  spoken: 0,
  spoken_ms: null,
});

describe('the rules', () => {
  it('are one list, what is off first, then what is rated most', () => {
    const found = ruled([rule('a'), rule('b'), rule('c')], [health('b', 2), health('c', 9), health('gone', 1, true)]);
    expect(found.map(({ id }) => id)).toEqual(['gone', 'c', 'b', 'a']);
    expect(found.at(-1)).toMatchObject({ useful: 0, off: false, say: { zh: '说a' } });
  });

  it('are called by what they say, without the places for values', () => {
    expect(plain('可能与{call.agenda}有关，{x}')).toBe('可能与…有关，…');
  });
});
