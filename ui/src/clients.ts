// A client as the page speaks of it.
import { t } from './words/index.svelte';

const ERASED = /^erased \d+$/;

/** What is erased has a number in place of a name. */
export const isErased = ({ name }: { name: string }): boolean => ERASED.test(name);
export const called = (client: { name: string }): string => (isErased(client) ? t('clients.erased') : client.name);

/** The condition that a list is narrowed to: what is empty narrows nothing. */
export const narrowing = ({ grade, stage, industry }: { grade: string; stage: string; industry: string }): string =>
  [
    grade === '' ? '' : `grade == ${JSON.stringify(grade)}`,
    stage === '' ? '' : `stage == ${JSON.stringify(stage)}`,
    industry === '' ? '' : `under(industry, ${JSON.stringify(industry)})`,
  ]
    .filter(Boolean)
    .join(' && ');
