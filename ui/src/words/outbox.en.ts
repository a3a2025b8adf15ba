// The same words in English, with equal care.
import type { outbox as zh } from './outbox.zh';

export const outbox: Record<keyof typeof zh, string> = {
  'outbox.title': 'Outbox',
  'outbox.lead': '{n} waiting to be sent',
  'outbox.lead.none': 'Everything was sent',
  'outbox.send': 'Send now',
  'outbox.export': 'Export as a file',
  'outbox.none': 'Nothing waits to be sent',
  'outbox.none.text': 'Without a network, check-ins, photos, follow-ups and records are kept on this phone and sent when there is one again.',
  'outbox.kept': 'Kept on this phone; sent when there is a network',
  'outbox.checked_in': 'Checked in: {name}; sent when there is a network',
  'outbox.kind.check_in': 'Check-in',
  'outbox.kind.photo': 'Photo',
  'outbox.kind.action': 'Follow-up',
  'outbox.kind.record': 'New record',
  'outbox.kind.change': 'Change',
  'outbox.now': 'just now',
  'outbox.age': 'waiting for {time}',
  'outbox.clash': 'Somebody else changed the same field: choose which value stays',
  'outbox.unreachable': 'The appliance cannot be reached; tried {n} times',
  'outbox.decide': 'Look and choose',
  'outbox.again': 'Try again',
  'outbox.drop': 'Delete',
  'outbox.drop.sure': 'Delete for good',
  'outbox.failed': 'This phone cannot keep what waits',
  'outbox.failed.text': 'Its storage may be full, or the window private. For now, things are sent only while there is a network.',
};
