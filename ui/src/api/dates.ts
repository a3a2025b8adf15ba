// Deadlines as people type them, read by the appliance.
import { answer, api } from './client';
import type { components } from './schema';

export type DateReading = components['schemas']['DateReading'];
export type ReadDate = components['schemas']['ReadDate'];

/** What a text means, or why it means nothing; nothing at all while the appliance cannot be reached. */
export const readDate = async (text: string): Promise<DateReading | undefined> =>
  (await answer(() => api.POST('/api/v1/dates/read', { body: { text } }))).data;
