// How a client pays, in words.
import { decimal } from './format';
import type { Values } from './records/shapes';
import { t } from './words/index.svelte';

/** Payment terms; nothing while nobody has said how it pays. */
export function terms(values: Values): string {
  const [kind, days] = [values['term_kind'], values['term_days']];
  if (typeof days !== 'number') return '';
  if (kind === 'month_end') return t('terms.month_end', { n: decimal(days, 0) });
  return t(kind === 'fixed_day' ? 'terms.fixed_day' : 'terms.net', { n: decimal(days, 0) });
}
