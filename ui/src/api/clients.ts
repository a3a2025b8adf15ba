// Clients: records of their table, as the pages beside the tables show them; and what is handed out and erased of one.
import { addRecord, listRecords } from '../records/api';
import type { Row } from '../records/shapes';
import { type Answer, answer, api, number } from './client';
import { uuid } from './keys';

export const TABLE = 'clients';

/** As much of it as the reader's role sees. */
export interface Client {
  id: number;
  name: string;
  aliases: string[];
  industry: string | undefined;
  stage: string | undefined;
  grade: string | undefined;
  owner: number | undefined;
  /** False: its conversations are not measured. */
  analyse: boolean;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** A table that does not show whether a client agreed leaves the last word to the appliance. */
export const clientOf = ({ id, values }: Row): Client => ({
  id,
  name: text(values['name']) ?? `#${id}`,
  aliases: Array.isArray(values['aliases']) ? values['aliases'].map(String) : [],
  industry: text(values['industry']),
  stage: text(values['stage']),
  grade: text(values['grade']),
  owner: typeof values['owner'] === 'number' ? values['owner'] : undefined,
  analyse: values['analyse'] !== false,
});

export interface Wanted {
  /** Part of a name, or the first letters of its pinyin. */
  q?: string;
  filter?: string;
  after?: string;
  limit: number;
}

/** In the order of pinyin; `next` is the `after` of what follows. */
export async function listClients(wanted: Wanted): Promise<Answer<{ items: Client[]; next: string | undefined }>> {
  const { data, problem } = await listRecords(TABLE, { sort: 'name', ...wanted });
  // A house without this table has no clients.
  if (problem?.status === 404) return { data: { items: [], next: undefined } };
  return data === undefined ? { problem } : { data: { items: data.items.map(clientOf), next: data.next ?? undefined } };
}

/** Nothing where it is out of reach. */
export const findClient = async (id: number): Promise<Client | undefined> => (await listClients({ filter: `id == ${id}`, limit: 1 })).data?.items[0];

/** One of whom only the name is known. */
export async function addClient(name: string): Promise<Answer<Client>> {
  const { data, problem } = await addRecord(TABLE, uuid(), { name });
  return data === undefined ? { problem } : { data: clientOf(data) };
}

export const eraseClient = (id: number) => answer(() => api.DELETE('/api/v1/clients/{id}/data', { params: number(id) }));
export const clientData = (id: number) => answer(() => api.GET('/api/v1/clients/{id}/data', { params: number(id) }));
