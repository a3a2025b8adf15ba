// Two states of a playbook's rules → what differs, as people read it.
import type { RuleView } from './api/views';

type Words = { zh: string; en: string };

export interface RuleChange {
  id: string;
  what: 'added' | 'changed' | 'gone';
  /** What the rule says, now or before. */
  say: Words;
  parts: { part: 'when' | 'say' | 'why' | 'side' | 'level' | 'priority' | 'cool_down_s' | 'budget' | 'kind' | 'source'; before: Words | string; after: Words | string }[];
}

const PARTS = ['when', 'say', 'why', 'side', 'level', 'priority', 'cool_down_s', 'budget', 'kind', 'source'] as const;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const read = (value: RuleView[(typeof PARTS)[number]]): Words | string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? value : String(value);

export function compare(before: RuleView[], after: RuleView[]): RuleChange[] {
  const changes: RuleChange[] = [];
  for (const rule of after) {
    const was = before.find(({ id }) => id === rule.id);
    if (was === undefined) changes.push({ id: rule.id, what: 'added', say: rule.say, parts: [] });
    else {
      const parts = PARTS.filter((part) => !same(was[part], rule[part])).map((part) => ({ part, before: read(was[part]), after: read(rule[part]) }));
      if (parts.length > 0) changes.push({ id: rule.id, what: 'changed', say: rule.say, parts });
    }
  }
  for (const rule of before) {
    if (!after.some(({ id }) => id === rule.id)) changes.push({ id: rule.id, what: 'gone', say: rule.say, parts: [] });
  }
  return changes;
}
