// With whom the next conversation is held and whether they know, from a client's card to its start.
import type { Told } from './told';

export const upcoming = $state<{ client: { id: number; name: string } | undefined; told: Told | undefined }>({ client: undefined, told: undefined });
