// The words of the pages of tables and records. They come with those pages, in both languages, so that the shell stays small.
import { fill, language, type Values } from './index.svelte';
import { en } from './records.en';
import { zh } from './records.zh';

export type RecordKey = keyof typeof zh;

export const r = (key: RecordKey, values: Values = {}): string => fill((language.now === 'zh' ? zh : en)[key], values);

/** The key for a code of the appliance, if these pages have words for it. */
export const rknown = (key: string): RecordKey | undefined => (key in zh ? (key as RecordKey) : undefined);
