// With whom the next conversation is held, from a client's card to its start.
import type { ClientView } from './api/views';

export const upcoming = $state<{ client: ClientView | undefined }>({ client: undefined });
