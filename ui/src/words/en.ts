// The same words in English, with equal care.
import { app } from './app.en';
import { call } from './call.en';
import { place } from './place.en';
import { signin } from './signin.en';
import { start } from './start.en';
import { summary } from './summary.en';
import { trouble } from './trouble.en';
import { trust } from './trust.en';
import type { zh } from './zh';

export const en: Record<keyof typeof zh, string> = {
  ...trouble,
  ...app,
  ...start,
  ...call,
  ...summary,
  ...trust,
  ...place,
  ...signin,
};
