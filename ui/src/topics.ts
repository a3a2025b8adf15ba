// What another system may hear of, and how a webhook's topics stand for it.

export interface Topic {
  value: string;
  /** Its key in the words. */
  words: 'hears.all' | 'hears.call' | 'hears.hint' | 'hears.objection' | 'hears.visit' | 'hears.client';
}

export const TOPICS: Topic[] = [
  { value: '*', words: 'hears.all' },
  { value: 'call.*', words: 'hears.call' },
  { value: 'hint.*', words: 'hears.hint' },
  { value: 'objection.*', words: 'hears.objection' },
  { value: 'visit.*', words: 'hears.visit' },
  { value: 'client.*', words: 'hears.client' },
];

/** All is all: with it nothing else needs to be said. */
export function tidy(before: string[], after: string[]): string[] {
  if (!after.includes('*')) return after;
  return before.includes('*') ? after.filter((one) => one !== '*') : ['*'];
}

const HTTP = /^https?:\/\/[^\s/]+/;

export const urlFault = (url: string): boolean => !HTTP.test(url.trim()) || url.trim().length > 500;
