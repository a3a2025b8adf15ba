// What a problem says to the reader: our own words where we have them, else the appliance's sentence.
import type { Problem } from './api/client';
import { known, t } from './words/index.svelte';

export function sentence({ code, detail }: Problem): string {
  const key = known(`problem.${code}`);
  if (key !== undefined) return t(key);
  return detail === '' ? t('problem.unexpected') : detail;
}

/** Why a measure has no value. */
export function reason(code: string | null | undefined): string {
  return t(known(`unknown.${code ?? ''}`) ?? 'unknown.other');
}
