// The board: where clients hesitate, by sums that name nobody; and one's own weeks.
import { answer, api } from './client';

export type By = 'industry' | 'stage' | 'topic' | 'week';

export const readBoard = (by: By, weeks: number) => answer(() => api.GET('/api/v1/board', { params: { query: { by, weeks } } }));
export const readDay = (from_ms: number) => answer(() => api.GET('/api/v1/board/day', { params: { query: { from_ms } } }));
export const seenCalls = () => answer(() => api.GET('/api/v1/board/calls'));
export const readCoaching = () => answer(() => api.GET('/api/v1/coaching'));
export const exportUrl = (by: By, weeks: number) => `/api/v1/board/export?by=${by}&weeks=${weeks}&format=xlsx`;
