import { expect, it } from 'vitest';

import { begin, choices } from './told';

it('who has to agree cannot just be told', () => {
  expect(choices('notice')).toEqual(['notified', 'consented']);
  expect(choices('all_party')).toEqual(['consented']);
  expect(choices('separate_consent')).toEqual(['consented']);
});

it('a start names the text that was shown and how it was agreed to', () => {
  const answers = { policy: 'separate_consent', consent: 'consented', how: 'written', text: 3, client: 7 } as const;
  expect(begin(answers)).toEqual({ consent: 'consented', client: 7, consent_text: 3, consent_how: 'written' });
  expect(begin({ ...answers, policy: 'notice', consent: 'notified', text: undefined, client: undefined })).toEqual({ consent: 'notified' });
});
