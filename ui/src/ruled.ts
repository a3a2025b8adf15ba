// The playbook's rules and what was said of them → one list: what needs a look comes first.
import type { RuleHealthView, RuleView } from './api/views';

type Words = { zh: string; en: string };

export type Ruled = Pick<RuleHealthView, 'id' | 'useful' | 'not_now' | 'wrong' | 'share' | 'off' | 'reason' | 'by' | 'at_ms' | 'spoken' | 'spoken_ms'> & {
  /** What its hints say; nothing when no playbook has the rule any more. */
  say: Words | undefined;
};

const SILENT = { useful: 0, not_now: 0, wrong: 0, share: null, off: false, reason: null, by: null, at_ms: null, spoken: 0, spoken_ms: null };

const ratings = ({ useful, not_now, wrong }: Ruled): number => useful + not_now + wrong;

/** Those that are off, then by how often they were rated; the rest as the playbook has them. */
export function ruled(rules: RuleView[], health: RuleHealthView[]): Ruled[] {
  const said = health.map((one): Ruled => ({ ...one, say: one.say ?? undefined }));
  const unsaid = rules.filter(({ id }) => !health.some((one) => one.id === id)).map(({ id, say }): Ruled => ({ ...SILENT, id, say }));
  return [...said, ...unsaid].sort((one, other) => Number(other.off) - Number(one.off) || ratings(other) - ratings(one));
}

/** A sentence with places for values of a call → the sentence with an ellipsis in each. */
export const plain = (text: string): string => text.replace(/\{[^}]*\}/g, '…');
