// Playbooks: read, checked while they are typed, tried on past calls, published, and gone back from.
import { answer, api, number, seen } from './client';

export const readPlaybook = (team?: number) =>
  answer(() => api.GET('/api/v1/playbook', { params: { query: team === undefined ? {} : { team } } }));
export const playbookFields = () => answer(() => api.GET('/api/v1/playbook/fields'));
export const checkCondition = (text: string) => answer(() => api.POST('/api/v1/playbook/condition', { body: { text } }));
export const checkPlaybook = (text: string, team: number | null) =>
  answer(() => api.POST('/api/v1/playbook/check', { body: { text, team } }));
export const dryRun = (text: string, team: number | null, days: number) =>
  answer(() => api.POST('/api/v1/playbook/dry-run', { body: { text, team, days } }));

const KIND = 'playbook';

export const heads = () => answer(() => api.GET('/api/v1/settings'));
export const readRevision = (id: number) => answer(() => api.GET('/api/v1/revisions/{id}', { params: number(id) }));
export const history = (key: string, before?: number) =>
  answer(() =>
    api.GET('/api/v1/revisions', { params: { query: { kind: KIND, key, limit: 20, ...(before === undefined ? {} : { before }) } } }),
  );
/** `version`: of the head that was seen; none when there is none yet. */
export const saveDraft = (key: string, text: string, note: string, version: number | undefined) =>
  answer(() =>
    api.POST('/api/v1/revisions', {
      headers: version === undefined ? {} : seen(version),
      // Any object may be a body; what is in it depends on the kind.
      body: { kind: KIND, key, body: { text } as unknown as Record<string, never>, note },
    }),
  );
export const publish = (id: number) => answer(() => api.POST('/api/v1/revisions/{id}/publish', { params: number(id) }));
export const restore = (id: number) => answer(() => api.POST('/api/v1/revisions/{id}/restore', { params: number(id) }));
export const differences = (id: number, from?: number) =>
  answer(() => api.GET('/api/v1/revisions/{id}/diff', { params: { ...number(id), query: from === undefined ? {} : { from } } }));
