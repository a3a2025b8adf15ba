// Tables, views and forms as configuration: a revision is made, published, gone back from.
import { type Answer, raw } from '../api/client';

export type Definition = Record<string, unknown>;

export interface Revision {
  id: number;
  kind: string;
  key: string;
  body: Definition;
  author: string;
  note: string;
  at_ms: number;
  parent?: number | null;
}

const PATH = '/api/v1/revisions';

/** Newest first. */
export const revisions = (kind: string, key: string) =>
  raw<{ items: Revision[] }>('GET', `${PATH}?${new URLSearchParams({ kind, key, limit: '20' })}`);

export const restoreRevision = (id: number) => raw<Revision>('POST', `${PATH}/${id}/restore`);

interface Head {
  kind: string;
  key: string;
  version: number;
  newest: number;
  published?: number | null;
}

/** Where each piece of configuration stands. */
export const headsOf = () => raw<{ items: Head[] }>('GET', '/api/v1/settings');

const seen = (version: number | undefined): Record<string, string> => (version === undefined ? {} : { 'if-match': `"v${version}"` });

/** Written down, not in force. */
export const save = (kind: string, key: string, body: Definition, note: string, version?: number) => raw<Revision>('POST', PATH, { kind, key, body, note }, seen(version));

/** Written down and in force from now on. `version`: of the head that was seen; absent for what is new. */
export async function publish(kind: string, key: string, body: Definition, note: string, version?: number): Promise<Answer<Revision>> {
  const made = await save(kind, key, body, note, version);
  if (made.data === undefined) return made;
  const published = await raw<unknown>('POST', `${PATH}/${made.data.id}/publish`);
  return published.problem === undefined ? made : { problem: published.problem };
}
