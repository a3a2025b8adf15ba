// The board: where clients hesitate, by sums that name nobody; one's own weeks; whether hints help; what is to be done.
import { answer, api, number } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type By = 'industry' | 'stage' | 'topic' | 'week';

export const readBoard = (by: By, weeks: number) => answer(() => api.GET('/api/v1/board', { params: { query: { by, weeks } } }));
export const readDay = (from_ms: number) => answer(() => api.GET('/api/v1/board/day', { params: { query: { from_ms } } }));
export const seenCalls = () => answer(() => api.GET('/api/v1/board/calls'));
export const readCoaching = () => answer(() => api.GET('/api/v1/coaching'));
export const exportUrl = (by: By, weeks: number, format: 'csv' | 'xlsx') => `/api/v1/board/export?by=${by}&weeks=${weeks}&format=${format}`;

const call = (id: string) => ({ params: { path: { id } } });

export const readShare = (id: string) => answer(() => api.GET('/api/v1/calls/{id}/share', call(id)));
export const saveShare = (id: string, body: Schemas['ShareView']) => answer(() => api.PUT('/api/v1/calls/{id}/share', { ...call(id), body }));

export const listStudies = () => answer(() => api.GET('/api/v1/studies'));
export const beginStudy = (body: Schemas['NewStudy']) => answer(() => api.POST('/api/v1/studies', { body }));
export const endStudy = (id: number) => answer(() => api.POST('/api/v1/studies/{id}/end', { params: number(id) }));

export const rulesHealth = () => answer(() => api.GET('/api/v1/rules'));
export const switchRule = (id: string, body: Schemas['SwitchWish']) => answer(() => api.PUT('/api/v1/rules/{id}/switch', { ...call(id), body }));
