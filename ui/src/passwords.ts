// Whether a password will do, said while it is typed; the appliance has the last word.
import type { Key } from './words/index.svelte';

/** As in the appliance: length is what counts. */
export const PASSWORD_CHARS_MIN = 10;
const PASSWORD_BYTES_MAX = 256;

const LOGIN = /^[\p{L}\p{N}._@-]{2,64}$/u;

/** What is wrong with a password for this login. */
export function passwordFault(password: string, login: string): Key | undefined {
  const letters = [...password];
  if (letters.length < PASSWORD_CHARS_MIN) return 'password.short';
  if (new TextEncoder().encode(password).length > PASSWORD_BYTES_MAX) return 'password.long';
  if (password.toLowerCase() === login.toLowerCase() || new Set(letters).size === 1) return 'password.plain';
  return undefined;
}

export const loginFault = (login: string): Key | undefined => (LOGIN.test(login) ? undefined : 'login.bad');
