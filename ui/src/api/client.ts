// The appliance's API. Every answer is a value or a problem; nothing here throws.
import createClient from 'openapi-fetch';

import { read } from '../outbox/answers';
import { Keys } from './keys';
import type { components, paths } from './schema';
import type { HintLevel, Rating, ReviewView } from './views';

type Schemas = components['schemas'];

/** Why an answer is missing: a stable code, and a sentence from the appliance where it gave one. */
export interface Problem {
  code: string;
  detail: string;
  status: number;
  /** What is wrong, by field, where the appliance said so. */
  errors?: unknown;
  /** Fields that somebody else has changed meanwhile. */
  conflicts?: unknown;
}

export type Answer<T> = { data: T; problem?: undefined } | { data?: undefined; problem: Problem };

/** The appliance could not be reached. */
const UNREACHABLE = 'unreachable';

/** Who asks, as every request says it. The session and the reader's language fill it in. */
export const caller = {
  csrf: '',
  /** Their number; nobody's while no account is signed in. */
  person: undefined as number | undefined,
  locale: 'zh-CN',
  /** Nobody is signed in any more, or somebody else is: answers, when that is settled, whether to ask again. */
  again: async (_code: string): Promise<boolean> => false,
};

const UNKNOWN_CALLER = ['not_signed_in', 'no_csrf_token'];

const keys = new Keys();

/** Answers to these hold a secret: the appliance keeps none, so a key would be of no use. */
const UNKEPT = /\/(session|accept|ticket|tokens|webhooks|enrolments)$/;

const SERVER_FAULT = 500;

async function send(request: Request): Promise<Response> {
  const { headers, method, url } = request;
  headers.set('accept-language', caller.locale);
  if (method === 'GET') return read(request);
  if (caller.csrf !== '') headers.set('x-csrf-token', caller.csrf);
  if (method !== 'POST' || UNKEPT.test(new URL(url).pathname)) return fetch(request);
  // What the outbox sends has a key already.
  if (headers.has('idempotency-key')) return fetch(request);
  const asked = `${url} ${await request.clone().text()}`;
  headers.set('idempotency-key', keys.of(asked));
  const response = await fetch(request);
  if (response.status < SERVER_FAULT) keys.answered(asked);
  return response;
}

export const api = createClient<paths>({ baseUrl: '/', fetch: send });

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function answer<T>(ask: () => Promise<Reply<T>>): Promise<Answer<T>> {
  const first = await once(ask);
  const code = first.problem?.code ?? '';
  return UNKNOWN_CALLER.includes(code) && (await caller.again(code)) ? once(ask) : first;
}

async function once<T>(ask: () => Promise<Reply<T>>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await ask();
    if (response.ok) return { data: data as T };
    return { problem: problemOf(error, response.status) };
  } catch {
    return { problem: { code: UNREACHABLE, detail: '', status: 0 } };
  }
}

function problemOf(error: unknown, status: number): Problem {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Partial<Problem>;
  const { code = 'unexpected', detail = '', errors, conflicts } = said;
  return { code, detail, status, errors, conflicts };
}

/** What has an address that is made of names of tables: its shapes are the caller's. */
export const raw = <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer<T>> =>
  answer(async () => {
    const bytes = body instanceof Uint8Array;
    const response = await send(
      new Request(path, {
        method,
        ...(signal === undefined ? {} : { signal }),
        headers: { ...(body === undefined || bytes ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: bytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const content: unknown = text === '' ? undefined : JSON.parse(text);
    return response.ok ? { data: content as T, response } : { error: content, response };
  });

const call = (id: string) => ({ params: { path: { id } } });

export const listCalls = () => answer(() => api.GET('/api/v1/calls'));
export const readCall = (id: string) => answer(() => api.GET('/api/v1/calls/{id}', call(id)));
export const startCall = (body: Schemas['NewCall']) =>
  answer(() => api.POST('/api/v1/calls', { body }));
export const newTicket = (id: string) => answer(() => api.POST('/api/v1/calls/{id}/ticket', call(id)));
export const stopCall = (id: string) => answer(() => api.POST('/api/v1/calls/{id}/stop', call(id)));
export const withdrawCall = (id: string) => answer(() => api.POST('/api/v1/calls/{id}/withdraw', call(id)));
export const readSummary = (id: string) => answer(() => api.GET('/api/v1/calls/{id}/summary', call(id)));
export const readReceipt = (id: string) => answer(() => api.GET('/api/v1/calls/{id}/receipt', call(id)));
export const setHintLevel = (id: string, level: HintLevel) =>
  answer(() => api.PUT('/api/v1/calls/{id}/hints', { ...call(id), body: { level } }));
export const rateHint = (id: string, hint: number, rating: Rating) =>
  answer(() => api.POST('/api/v1/calls/{id}/hints/{hint}/rating', { params: { path: { id, hint } }, body: { rating } }));
export const readMoments = (id: string) => answer(() => api.GET('/api/v1/calls/{id}/moments', call(id)));
export const saveReview = (id: string, body: ReviewView) => answer(() => api.PUT('/api/v1/calls/{id}/review', { ...call(id), body }));
export const readSandbox = () => answer(() => api.GET('/api/v1/sandbox'));

export const listDevices = () => answer(() => api.GET('/api/v1/devices'));

/** Whoever asks is answered. */
export const readSession = () => once(() => api.GET('/api/v1/session'));
export const signIn = (body: Schemas['SignIn']) => once(() => api.POST('/api/v1/session', { body }));
export const signOut = () => once(() => api.DELETE('/api/v1/session'));
export const acceptInvitation = (body: Schemas['Acceptance']) =>
  once(() => api.POST('/api/v1/invitations/accept', { body }));
export const changePassword = (body: Schemas['NewPassword']) =>
  answer(() => api.PUT('/api/v1/session/password', { body }));

export const number = (id: number) => ({ path: { id } });

/** Only if nobody has changed it since. */
export const seen = (version: number) => ({ 'if-match': `"v${version}"` });

export const listPeople = () => answer(() => api.GET('/api/v1/people'));
export const readPerson = (id: number) => answer(() => api.GET('/api/v1/people/{id}', { params: number(id) }));
export const addPerson = (body: Schemas['NewPersonView']) => answer(() => api.POST('/api/v1/people', { body }));
export const changePerson = (id: number, version: number, body: Schemas['PersonChange']) =>
  answer(() => api.PATCH('/api/v1/people/{id}', { params: number(id), headers: seen(version), body }));
export const invitePerson = (id: number) =>
  answer(() => api.POST('/api/v1/people/{id}/invitation', { params: number(id) }));
export const listTeams = () => answer(() => api.GET('/api/v1/teams'));
export const addTeam = (body: Schemas['TeamName']) => answer(() => api.POST('/api/v1/teams', { body }));
export const renameTeam = (id: number, version: number, body: Schemas['TeamName']) =>
  answer(() => api.PATCH('/api/v1/teams/{id}', { params: number(id), headers: seen(version), body }));

/** Newest first; `before` is the `next` of the page before. */
export const readAudit = (query: { entity?: string; entity_id?: string; before?: number; limit?: number }) =>
  answer(() => api.GET('/api/v1/audit', { params: { query } }));
export const readTrust = () => answer(() => api.GET('/api/v1/trust'));
export const clockIsRight = () => answer(() => api.POST('/api/v1/trust/clock'));

export const streamUrl = (id: string) => `/api/v1/calls/${encodeURIComponent(id)}/stream`;
export const levelUrl = (device: string) => `/api/v1/devices/${encodeURIComponent(device)}/level`;
