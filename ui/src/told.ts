// What the other side must have heard or said before a conversation begins, and how a start says so.
import type { How, NewCall } from './api/views';

export type Told = 'notified' | 'consented';

/** What this deployment asks for. */
export type Policy = 'notice' | 'all_party' | 'separate_consent';

export interface Begin extends Pick<NewCall, 'consent' | 'client' | 'consent_how' | 'consent_text'> {
  consent: Told;
}

/** Who was only told cannot be heard where everybody has to agree. */
export const choices = (policy: Policy): Told[] => (policy === 'notice' ? ['notified', 'consented'] : ['consented']);

export interface Answers {
  policy: Policy;
  consent: Told;
  how: How;
  /** The version that was shown; none when it could not be read. */
  text: number | undefined;
  client: number | undefined;
}

export function begin({ policy, consent, how, text, client }: Answers): Begin {
  return {
    consent,
    ...(client === undefined ? {} : { client }),
    ...(text === undefined ? {} : { consent_text: text }),
    ...(policy === 'notice' ? {} : { consent_how: how }),
  };
}
