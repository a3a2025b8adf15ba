// The words of the pages about visits. They come with those pages, in both languages, so that the shell stays small.
import { fill, language, type Values } from './index.svelte';
import { en } from './visits.en';
import { zh } from './visits.zh';

export type VisitKey = keyof typeof zh;

export const v = (key: VisitKey, values: Values = {}): string => fill((language.now === 'zh' ? zh : en)[key], values);

/** The key for a code of the appliance, if these pages have words for it. */
export const vknown = (key: string): VisitKey | undefined => (key in zh ? (key as VisitKey) : undefined);
