// Visits, positions, phones and sites over the API.
import type { Wish } from '../outbox/queue';
import { answer, api, number, seen } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Best = Schemas['BestView'];
export type Brief = Schemas['BriefView'];
export type Counts = Record<string, number>;
export type Covered = Schemas['CoverageView'];
export type Enrolled = Schemas['EnrolledView'];
export type Enrolment = Schemas['EnrolmentView'];
export type Fix = Schemas['PositionBody'];
export type Imported = Schemas['SitesImportView'];
export type Location = Schemas['LocationView'];
export type Look = Schemas['LookView'];
export type NewSite = Schemas['NewSite'];
export type Site = Schemas['SiteView'];
export type SiteChange = Schemas['SiteChange'];
export type Track = Schemas['TrackView'];
export type Visit = Schemas['VisitView'];
export type Where = Schemas['AnswerBody'];

export interface Span {
  from_ms: number;
  until_ms: number;
}

export const visitsOf = (person: number, span: Span) =>
  answer(() => api.GET('/api/v1/people/{id}/visits', { params: { ...number(person), query: span } }));
export const allVisits = (query: Span & { flagged?: boolean }) => answer(() => api.GET('/api/v1/visits', { params: { query } }));
export const readVisit = (id: number) => answer(() => api.GET('/api/v1/visits/{id}', { params: number(id) }));
export const answerVisit = (id: number, body: Where) =>
  answer(() => api.POST('/api/v1/visits/{id}/answer', { params: number(id), body }));
export const near = (query: { lat: number; lon: number; accuracy_m: number; tst_ms: number }) =>
  answer(() => api.GET('/api/v1/visits/near', { params: { query } }));
/** A check-in, as the outbox keeps it. Its position was fresh when it was made; `made_ms` is when that was. */
export const checkingIn = (body: Schemas['CheckInBody'], title: string): Wish => ({ kind: 'check_in', title, method: 'POST', path: '/api/v1/visits', body });
/** Takes the last check-in to a visit back; nothing is left of it when the check-in made it. */
export const undoCheckIn = (id: number) => answer(() => api.POST('/api/v1/visits/{id}/undo', { params: number(id) }));
export const leaveVisit = (id: number) => answer(() => api.POST('/api/v1/visits/{id}/leave', { params: number(id) }));
export const photoUrl = (visit: number) => `/api/v1/visits/${visit}/photo`;
/** A photo of a visit, or of one whose check-in waits in the outbox under `after`. */
export const photographing = async (visit: number, after: string | undefined, photo: Blob, title: string): Promise<Wish> => ({
  kind: 'photo',
  title,
  method: 'PUT',
  path: after === undefined ? photoUrl(visit) : '/api/v1/visits/{id}/photo',
  photo: { type: photo.type, bytes: await photo.arrayBuffer() },
  ...(after === undefined ? {} : { after }),
});
export const readBrief = (client: number) => answer(() => api.GET('/api/v1/clients/{id}/brief', { params: number(client) }));
export const coverage = (days: number) => answer(() => api.GET('/api/v1/coverage', { params: { query: { days } } }));

export const readLocation = (person: number) => answer(() => api.GET('/api/v1/people/{id}/location', { params: number(person) }));
export const saveLocation = (person: number, version: number, body: Schemas['LocationChange']) =>
  answer(() => api.PUT('/api/v1/people/{id}/location', { params: number(person), headers: seen(version), body }));
export const readLooks = (person: number) => answer(() => api.GET('/api/v1/people/{id}/looks', { params: number(person) }));
export const readTrack = (person: number, span: Span) =>
  answer(() => api.GET('/api/v1/people/{id}/track', { params: { ...number(person), query: span } }));
export const report = (fixes: Fix[]) => answer(() => api.POST('/api/v1/positions', { body: { sent_ms: Date.now(), fixes } }));

const enrolment = (person: number, id: number) => ({ path: { id: person, enrolment: id } });

export const listEnrolments = (person: number) => answer(() => api.GET('/api/v1/people/{id}/enrolments', { params: number(person) }));
export const enrol = (person: number, body: Schemas['NewEnrolment']) =>
  answer(() => api.POST('/api/v1/people/{id}/enrolments', { params: number(person), body }));
export const revokeEnrolment = (person: number, id: number) =>
  answer(() => api.DELETE('/api/v1/people/{id}/enrolments/{enrolment}', { params: enrolment(person, id) }));

export const listSites = (query: { client?: number; q?: string; after?: number; limit?: number }) =>
  answer(() => api.GET('/api/v1/sites', { params: { query } }));
export const addSite = (body: NewSite) => answer(() => api.POST('/api/v1/sites', { body }));
export const changeSite = (id: number, version: number, body: SiteChange) =>
  answer(() => api.PATCH('/api/v1/sites/{id}', { params: number(id), headers: seen(version), body }));
export const removeSite = (id: number, version: number) =>
  answer(() => api.DELETE('/api/v1/sites/{id}', { params: number(id), headers: seen(version) }));
export const revertSite = (id: number, version: number) =>
  answer(() => api.POST('/api/v1/sites/{id}/revert', { params: number(id), headers: seen(version) }));
export const importSites = (file: Blob, kind: string, dry_run: boolean) =>
  answer(() =>
    api.POST('/api/v1/sites/import', {
      params: { query: { dry_run } },
      body: file as never,
      bodySerializer: (body: unknown) => body as Blob,
      headers: { 'content-type': kind },
    }),
  );

/** As many as a phone keeps for when the appliance is out of reach. */
const NEAR_MAX = 1000;
export const keptSites = () => listSites({ limit: NEAR_MAX });

/** What the map is drawn on. */
export const readMap = () => answer(() => api.GET('/api/v1/map'));
export const TILES_URL = '/api/v1/map/tiles';

export const EVENTS_URL = '/api/v1/events';
