// The same words in English, with equal care.
import { calls } from './calls.en';
import { clients } from './clients.en';
import { effects } from './effects.en';
import { home } from './home.en';
import { log } from './log.en';
import { people } from './people.en';
import { playbook } from './playbook.en';
import { settings } from './settings.en';
import type { office as zh } from './zh';

export const office: Record<keyof typeof zh, string> = {
  ...people,
  ...clients,
  ...calls,
  ...settings,
  ...log,
  ...playbook,
  ...effects,
  ...home,
};
