// A client as the page speaks of it, and as a form holds it.
import type { ClientView, ContactView } from './api/views';
import { t } from './words/index.svelte';

const ERASED = /^erased \d+$/;

/** What is erased has a number in place of a name. */
export const isErased = ({ name }: { name: string }): boolean => ERASED.test(name);
export const called = (client: { name: string }): string => (isErased(client) ? t('clients.erased') : client.name);

export const DATUMS = ['gcj02', 'wgs84', 'bd09'] as const;

/** Everything is text while it is typed. */
export interface Draft {
  name: string;
  grade: string;
  stage: string;
  industry: string;
  aliases: string;
  owner: string;
  contacts: { name: string; title: string; phone: string }[];
  lat: string;
  lon: string;
  datum: string;
}

export function typed(client: ClientView | undefined, me: number | undefined, named = ''): Draft {
  return {
    name: client?.name ?? named,
    grade: client?.grade ?? '',
    stage: client?.stage ?? '',
    industry: client?.industry ?? '',
    aliases: (client?.aliases ?? []).join('；'),
    owner: String(client?.owner ?? me ?? ''),
    contacts: (client?.contacts ?? []).map(({ name, title, phone }) => ({ name, title: title ?? '', phone: phone ?? '' })),
    lat: client?.anchor ? String(client.anchor.lat) : '',
    lon: client?.anchor ? String(client.anchor.lon) : '',
    datum: client?.anchor?.datum ?? DATUMS[0],
  };
}

export type Fault = 'name' | 'contact' | 'phone' | 'place';

const PHONE = /^[\d +\-()#*]{0,32}$/;
const NAME_CHARS_MAX = 120;

const degrees = (text: string, most: number): number | undefined => {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && Math.abs(value) <= most ? value : undefined;
};

/** What does not fit: the fields' names, a contact's with its place in the list. */
export function faults(draft: Draft): Set<string> {
  const found = new Set<string>();
  const name = draft.name.trim();
  if (name === '' || [...name].length > NAME_CHARS_MAX) found.add('name');
  draft.contacts.forEach((contact, index) => {
    const empty = [contact.name, contact.title, contact.phone].every((text) => text.trim() === '');
    if (!empty && contact.name.trim() === '') found.add(`contact ${index}`);
    if (!PHONE.test(contact.phone.trim())) found.add(`phone ${index}`);
  });
  const placed = draft.lat.trim() !== '' || draft.lon.trim() !== '';
  if (placed && (degrees(draft.lat, 90) === undefined || degrees(draft.lon, 180) === undefined)) found.add('place');
  return found;
}

const SEPARATORS = /[;；、\n]/;

export interface Sent {
  name?: string;
  grade?: string;
  stage?: string;
  industry?: string;
  aliases?: string[];
  owner?: number;
  contacts?: ContactView[];
  anchor?: { lat: number; lon: number; datum: string };
}

/** A draft, or the changed part of one, as it is sent. `whole` is what the part belongs to. */
export function sent(part: Partial<Draft>, whole: Draft): Sent {
  const words: Sent = {};
  for (const field of ['name', 'grade', 'stage', 'industry'] as const) {
    if (part[field] !== undefined) words[field] = part[field].trim();
  }
  if (part.aliases !== undefined) words.aliases = part.aliases.split(SEPARATORS).map((one) => one.trim()).filter(Boolean);
  if (part.owner !== undefined && part.owner !== '') words.owner = Number(part.owner);
  if (part.contacts !== undefined) {
    const filled = part.contacts.filter(({ name }) => name.trim() !== '');
    words.contacts = filled.map(({ name, title, phone }) => ({ name: name.trim(), title: title.trim() || null, phone: phone.trim() || null }));
  }
  const lat = degrees(whole.lat, 90);
  const lon = degrees(whole.lon, 180);
  const moved = part.lat !== undefined || part.lon !== undefined || part.datum !== undefined;
  if (moved && lat !== undefined && lon !== undefined) words.anchor = { lat, lon, datum: whole.datum };
  return words;
}
