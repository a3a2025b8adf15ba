// Why a hint came → one plain sentence. The appliance tells the figures first, and how its rule read them.
import type { HintView } from './api/views';
import { said, t } from './words/index.svelte';

/** How a rule reads a figure, in the words of a person. */
const SIGNS = [
  ['≥', 'reason.least'],
  ['≤', 'reason.most'],
  ['≠', 'reason.not'],
  ['>', 'reason.over'],
  ['<', 'reason.under'],
  ['=', 'reason.is'],
] as const;

/** One part of what a rule asked for: `保留度 ≥ 25% ✓（31%）`. */
const PART = /^(.*?)\s*✓(?:\s*[（(](.*)[）)])?$/;

/** What held of a rule, its signs as words; what was asked not to be is no reason. */
function held(because: string): string[] {
  return because.split(/[；;]\s*/).flatMap((part) => {
    const [, asked = '', actual] = PART.exec(part.trim()) ?? [];
    const sign = SIGNS.find(([mark]) => asked.includes(` ${mark} `));
    if (asked === '' || sign?.[0] === '≠') return [];
    if (sign === undefined) return [asked];
    const [what = '', limit = ''] = asked.split(` ${sign[0]} `);
    return [t(sign[1], { what, limit, actual: actual ?? limit })];
  });
}

/** One sentence: the figures that stood out, else what the rule found. */
export function reasonOf({ drivers, because }: Pick<HintView, 'drivers' | 'because'>): string {
  const parts = drivers.length > 0 ? drivers.map(said) : held(said(because));
  return parts.length === 0 ? '' : t('reason.sentence', { why: parts.join(t('reason.join')) });
}
