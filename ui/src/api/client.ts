// The appliance's API. Every answer is a value or a problem; nothing here throws.
import createClient from 'openapi-fetch';

import type { paths } from './schema';
import type { HintLevel, Rating, ReviewView } from './views';

/** Why an answer is missing: a stable code, and a sentence from the appliance where it gave one. */
export interface Problem {
  code: string;
  detail: string;
  status: number;
}

export type Answer<T> = { data: T; problem?: undefined } | { data?: undefined; problem: Problem };

/** The appliance could not be reached. */
const UNREACHABLE = 'unreachable';

const api = createClient<paths>({ baseUrl: '/' });

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function answer<T>(asked: Promise<Reply<T>>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await asked;
    if (response.ok) return { data: data as T };
    return { problem: problemOf(error, response.status) };
  } catch {
    return { problem: { code: UNREACHABLE, detail: '', status: 0 } };
  }
}

function problemOf(error: unknown, status: number): Problem {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Partial<Problem>;
  return { code: said.code ?? 'unexpected', detail: said.detail ?? '', status };
}

const call = (id: string) => ({ params: { path: { id } } });

export const listCalls = () => answer(api.GET('/api/v1/calls'));
export const readCall = (id: string) => answer(api.GET('/api/v1/calls/{id}', call(id)));
export const startCall = (body: paths['/api/v1/calls']['post']['requestBody']['content']['application/json']) =>
  answer(api.POST('/api/v1/calls', { body }));
export const newTicket = (id: string) => answer(api.POST('/api/v1/calls/{id}/ticket', call(id)));
export const stopCall = (id: string) => answer(api.POST('/api/v1/calls/{id}/stop', call(id)));
export const withdrawCall = (id: string) => answer(api.POST('/api/v1/calls/{id}/withdraw', call(id)));
export const readSummary = (id: string) => answer(api.GET('/api/v1/calls/{id}/summary', call(id)));
export const readReceipt = (id: string) => answer(api.GET('/api/v1/calls/{id}/receipt', call(id)));
export const setHintLevel = (id: string, level: HintLevel) =>
  answer(api.PUT('/api/v1/calls/{id}/hints', { ...call(id), body: { level } }));
export const rateHint = (id: string, hint: number, rating: Rating) =>
  answer(api.POST('/api/v1/calls/{id}/hints/{hint}/rating', { params: { path: { id, hint } }, body: { rating } }));
export const readMoments = (id: string) => answer(api.GET('/api/v1/calls/{id}/moments', call(id)));
export const saveReview = (id: string, body: ReviewView) => answer(api.PUT('/api/v1/calls/{id}/review', { ...call(id), body }));
export const readSandbox = () => answer(api.GET('/api/v1/sandbox'));

export const listDevices = () => answer(api.GET('/api/v1/devices'));

export const streamUrl = (id: string) => `/api/v1/calls/${encodeURIComponent(id)}/stream`;
export const levelUrl = (device: string) => `/api/v1/devices/${encodeURIComponent(device)}/level`;
