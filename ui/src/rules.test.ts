import { expect, it } from 'vitest';

import type { RuleView } from './api/views';
import { compare } from './rules';

const words = (text: string) => ({ zh: text, en: text });
const rule = (id: string, say: string, priority = 50): RuleView => ({
  id,
  side: 'client',
  kind: 'objection',
  level: 'quiet',
  budget: 'client',
  priority,
  cool_down_s: 60,
  when: words('always'),
  condition: 'true',
  say: words(say),
  why: null,
  source: 'team',
  text: '',
  from: 'house',
});

it('says which rules came, changed and went, and in what', () => {
  const found = compare([rule('a', 'A'), rule('b', 'B')], [rule('a', 'A', 60), rule('c', 'C')]);
  expect(found.map(({ id, what }) => [id, what])).toEqual([
    ['a', 'changed'],
    ['c', 'added'],
    ['b', 'gone'],
  ]);
  expect(found[0]?.parts).toEqual([{ part: 'priority', before: '50', after: '60' }]);
  expect(compare([rule('a', 'A')], [rule('a', 'A')])).toEqual([]);
});
