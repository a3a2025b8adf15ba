// What a client owes, in words and figures.
import type { Credit } from './api/credit';
import { decimal } from './format';
import { t } from './words/index.svelte';

const FEN = 100;

/** As the appliance writes it: fen only where there are any. */
export const yuan = (fen: number): string => {
  const amount = Math.abs(fen);
  return `${fen < 0 ? '-' : ''}¥${decimal(amount / FEN, amount % FEN === 0 ? 0 : 2)}`;
};

/** The same sentence as the appliance's advice; nothing while nothing is overdue. */
export const advice = (credit: Credit): string => (credit.overdue > 0 ? t('credit.advice', { amount: yuan(credit.overdue) }) : '');

export interface Age {
  key: '1-30' | '31-60' | '61-90' | '90+';
  title: string;
  fen: number;
}

/** What is overdue, by the days that it has been; youngest first. */
export const ages = ({ buckets }: Credit): Age[] => [
  { key: '1-30', title: t('credit.days', { days: '1–30' }), fen: buckets['1-30'] },
  { key: '31-60', title: t('credit.days', { days: '31–60' }), fen: buckets['31-60'] },
  { key: '61-90', title: t('credit.days', { days: '61–90' }), fen: buckets['61-90'] },
  { key: '90+', title: t('credit.days.over'), fen: buckets['90+'] },
];

/** How a payment came: late, on its day, or early. */
export function came(days_late: number | null | undefined): string {
  if (days_late === null || days_late === undefined) return t('credit.paid.open');
  if (days_late === 0) return t('credit.paid.on_time');
  return t(days_late > 0 ? 'credit.paid.late' : 'credit.paid.early', { n: Math.abs(days_late) });
}
