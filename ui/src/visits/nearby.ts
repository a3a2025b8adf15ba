// Who is near, from the places that the phone keeps: for when the appliance is out of reach.
import type { Answer } from '../api/client';
import { type Client, listClients } from '../api/clients';
import { type Best, keptSites } from '../api/visits';
import { nearest } from './nearest';
import type { Position } from './where';

/** The same as the appliance would answer, from what is kept here. */
export async function nearHere(position: Position): Promise<Answer<{ items: Best[]; sure: boolean }>> {
  const { data, problem } = await keptSites();
  return data === undefined ? { problem } : { data: nearest(data.items, position) };
}

/** As many clients as a phone keeps, and as many as are shown of those that were searched for. */
const KEPT_MAX = 200;
const SHOWN_MAX = 8;
export const keptClients = () => listClients({ limit: KEPT_MAX });

/** By a part of the name: by the appliance, or among those that are kept here. */
export async function search(q: string): Promise<Answer<{ items: Client[] }>> {
  const found = await listClients({ limit: SHOWN_MAX, ...(q === '' ? {} : { q }) });
  if (found.problem?.status !== 0) return found;
  const { data, problem } = await keptClients();
  const wanted = q.trim().toLowerCase();
  return data === undefined ? { problem } : { data: { items: data.items.filter(({ name }) => name.toLowerCase().includes(wanted)) } };
}
