// The same words in English, with equal care.
import type { ShellKey } from './index.svelte';
import { app } from './app.en';
import { call } from './call.en';
import { place } from './place.en';
import { signin } from './signin.en';
import { start } from './start.en';
import { summary } from './summary.en';
import { trouble } from './trouble.en';
import { trust } from './trust.en';

export const en: Record<ShellKey, string> = {
  ...trouble,
  ...app,
  ...start,
  ...call,
  ...summary,
  ...trust,
  ...place,
  ...signin,
};
