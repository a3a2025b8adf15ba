// The words of the pages beside the conversation, written first in Chinese.
import { calls } from './calls.zh';
import { clients } from './clients.zh';
import { effects } from './effects.zh';
import { home } from './home.zh';
import { log } from './log.zh';
import { people } from './people.zh';
import { playbook } from './playbook.zh';
import { settings } from './settings.zh';

export const office = {
  ...people,
  ...clients,
  ...calls,
  ...settings,
  ...log,
  ...playbook,
  ...effects,
  ...home,
};
