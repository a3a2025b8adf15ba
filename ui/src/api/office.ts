// What the pages beside the conversation ask for: kept calls, notice texts, tokens, webhooks.
import { answer, api, number, seen } from './client';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? NonNullable<Q> : never;

export const erasePerson = (id: number) => answer(() => api.DELETE('/api/v1/people/{id}/data', { params: number(id) }));
export const personData = (id: number) => answer(() => api.GET('/api/v1/people/{id}/data', { params: number(id) }));

/** Newest first. */
export const listKeptCalls = (query: Query<'/api/v1/calls'>) => answer(() => api.GET('/api/v1/calls', { params: { query } }));

export const listTexts = () => answer(() => api.GET('/api/v1/consent-texts'));
export const publishText = (body: Schemas['NewConsentText']) => answer(() => api.POST('/api/v1/consent-texts', { body }));

export const listTokens = () => answer(() => api.GET('/api/v1/tokens'));
export const addToken = (body: Schemas['NewToken']) => answer(() => api.POST('/api/v1/tokens', { body }));
export const revokeToken = (id: number) => answer(() => api.DELETE('/api/v1/tokens/{id}', { params: number(id) }));

export const listWebhooks = () => answer(() => api.GET('/api/v1/webhooks'));
export const addWebhook = (body: Schemas['NewWebhook']) => answer(() => api.POST('/api/v1/webhooks', { body }));
export const changeWebhook = (id: number, version: number, body: Schemas['WebhookChange']) =>
  answer(() => api.PATCH('/api/v1/webhooks/{id}', { params: number(id), headers: seen(version), body }));
export const removeWebhook = (id: number) => answer(() => api.DELETE('/api/v1/webhooks/{id}', { params: number(id) }));
export const testWebhook = (id: number) => answer(() => api.POST('/api/v1/webhooks/{id}/test', { params: number(id) }));
export const retryWebhook = (id: number) => answer(() => api.POST('/api/v1/webhooks/{id}/retry', { params: number(id) }));
export const webhookWaiting = (id: number) => answer(() => api.GET('/api/v1/webhooks/{id}/waiting', { params: number(id) }));
