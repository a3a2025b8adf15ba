// What keeps sound from being stored.
import type { trust as zh } from './trust.zh';

export const trust: Record<keyof typeof zh, string> = {
  'trust.title': 'Sound: not one byte is stored',
  'trust.lead': 'Not a promise: the operating system enforces it.',
  'trust.ear': 'Listener',
  'trust.ear.text': 'hears, cannot write',
  'trust.desk': 'Records',
  'trust.desk.text': 'writes, cannot hear',
  'trust.numbers': 'only figures pass',
  'trust.picture': 'Illustration: sound enters the listener only; only figures pass from there to the records.',
  'trust.point.sound': 'Sound is processed in memory and wiped within a second or two.',
  'trust.point.words': 'The words are not recognised: no text, no voice print, no identification.',
  'trust.point.kept': 'Only figures are kept: how fast, how long a pause, how much movement, who picks up.',
  'trust.point.consent': 'If the client objects, listening stops within a second and the figures are deleted.',
  'trust.walls': 'Self-test of the safeguards',
  'trust.walls.text':
    'At each start the listener tries to write files, to connect and to run programs. These are the kernel’s answers.',
  'trust.level.enforced': 'All blocked',
  'trust.level.degraded': 'Not all blocked',
  'trust.level.down': 'Restarting',
  'trust.level.unknown': 'Not known at the moment',
  'trust.files': 'File rules',
  'trust.calls': 'System calls',
  'trust.calls.filtered': 'filtered',
  'trust.calls.open': 'not filtered',
  'trust.refused': 'blocked',
  'trust.allowed': 'allowed',
  'trust.count': '{refused} of {all} attempts blocked',
  'trust.none': 'No results yet',
  'trust.none.text': 'The listener tests itself as soon as it runs. Wait a few seconds.',
};
