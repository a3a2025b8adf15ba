// Which cases to talk about with a client: documents of that kind, by industry and topic, the best three.
import { uuid } from './api/keys';
import { type Answer, readMoments } from './api/client';
import { findClient } from './api/clients';
import { addRecord, listRecords } from './records/api';
import type { Row } from './records/shapes';

export const CASES_MAX = 3;
const ASKED = 200;

/** Those that are out of date are none. */
const FILTER = 'kind == "案例" && (valid_until == null || valid_until >= today())';

export interface Case {
  id: number;
  title: string;
  /** Where it can be opened; none when it is a file of its record. */
  url: string | undefined;
}

export interface About {
  industry: string | undefined;
  topics: string[];
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : []);
const alike = (one: string, other: string): boolean => one.includes(other) || other.includes(one);

/** Industry counts most; a case of another industry is none for this client. What is for everybody comes last. */
export function matching(rows: Pick<Row, 'id' | 'values'>[], { industry, topics }: About): Case[] {
  const worth = ({ values }: Pick<Row, 'values'>): number => {
    const [of, about] = [texts(values['industries']), texts(values['topics'])];
    const fits = industry !== undefined && of.some((one) => alike(one, industry));
    if (of.length > 0 && !fits) return 0;
    return 1 + (fits ? 4 : 0) + 2 * about.filter((one) => topics.some((topic) => alike(one, topic))).length;
  };
  const ranked = rows.map((row) => ({ row, worth: worth(row) })).filter((one) => one.worth > 0);
  ranked.sort((one, other) => other.worth - one.worth || one.row.id - other.row.id);
  return ranked.slice(0, CASES_MAX).map(({ row: { id, values } }) => ({
    id,
    title: texts(values['title'])[0] ?? String(id),
    url: texts(values['url']).find((url) => /^https?:\/\//.test(url)),
  }));
}

/** What may be shown in a call; nothing when there are no documents, or none in reach. */
export async function findCases(call: string, client: number | undefined): Promise<Case[]> {
  const [found, known, moments] = await Promise.all([
    listRecords('documents', { filter: FILTER, fields: 'title,url,industries,topics', limit: ASKED }),
    client === undefined ? undefined : findClient(client),
    readMoments(call),
  ]);
  const about = { industry: known?.industry, topics: moments.data?.agenda ?? [] };
  return matching(found.data?.items ?? [], about);
}

/** Writes down that a case was sent to a client, now. */
export const sendCase = (document: number, client: number): Promise<Answer<Row>> =>
  addRecord('sends', uuid(), { document, client, sent_at: new Date().toISOString() });
