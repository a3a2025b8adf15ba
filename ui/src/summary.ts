// What a call came to, in one sentence, and what to do next.
import type { MomentsView, ReviewView, SummaryView } from './api/views';
import { percent } from './format';
import { momentsOf } from './live/moments';
import { t } from './words/index.svelte';

export interface Conclusion {
  says: string;
  next: string;
}

export function conclude(summary: SummaryView, told: Pick<MomentsView, 'moments'>, review: ReviewView): Conclusion {
  const topics = (review.topics ?? []).join(t('list.comma'));
  const hesitations = momentsOf(told.moments).filter(({ side, hint }) => side === 'client' && (hint === undefined || hint.kind === 'objection')).length;
  const share = summary.layout === 'mono' ? undefined : (summary.sides.find(({ channel }) => channel === 'rep')?.talk_share.value ?? undefined);
  const parts = [
    review.outcome ? t('summary.says.outcome', { outcome: t(`outcome.${review.outcome}`) }) : undefined,
    review.objection ? (topics === '' ? t('summary.says.objection_open') : t('summary.says.objection', { topics })) : undefined,
    review.objection || summary.layout === 'mono' ? undefined : hesitations > 0 ? t('summary.says.hesitated', { n: hesitations }) : t('summary.says.calm'),
    share === undefined ? undefined : t('summary.says.share', { share: percent(share) }),
  ].filter((part) => part !== undefined);
  const sentence = parts.join(t('reason.join'));
  return { says: sentence === '' ? '' : t('summary.says', { what: capital(sentence) }), next: next(review, topics, hesitations) };
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

function next({ outcome, objection }: ReviewView, topics: string, hesitations: number): string {
  if (outcome == null) return t('summary.next.outcome');
  if (outcome === 'won') return t('summary.next.won');
  if (outcome === 'lost') return t('summary.next.lost');
  if (objection && topics !== '') return t('summary.next.objection', { topics });
  return t(hesitations > 0 ? 'summary.next.hesitated' : 'summary.next.plain');
}
