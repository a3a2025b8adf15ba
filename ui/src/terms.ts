// What the record of a client says of business, in words: where it is, how it pays, up to how much.
import { decimal } from './format';
import type { Values } from './records/shapes';
import { t } from './words/index.svelte';

const FEN = 100;

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** A table may have a field of that name; it is text. */
export const address = (values: Values): string => text(values['address']);

/** Payment terms; nothing while nobody has said how it pays. */
export function terms(values: Values): string {
  const [kind, days] = [values['term_kind'], values['term_days']];
  if (typeof days !== 'number') return '';
  if (kind === 'month_end') return t('terms.month_end', { n: decimal(days, 0) });
  return t(kind === 'fixed_day' ? 'terms.fixed_day' : 'terms.net', { n: decimal(days, 0) });
}

/** Money is kept in fen. */
export const creditLimit = (values: Values): string => {
  const fen = values['credit_limit'];
  return typeof fen === 'number' ? t('terms.money', { n: decimal(fen / FEN, 2) }) : '';
};
