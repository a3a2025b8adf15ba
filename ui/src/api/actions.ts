// What people are to do: records of the table of actions, as the pages beside the tables show them.
import { isKept, outbox } from '../outbox/outbox.svelte';
import { changing, creating, listRecords, type Page, restoreField } from '../records/api';
import type { Row } from '../records/shapes';
import { endOfDay, isAddress } from '../board';
import type { Answer } from './client';
import { uuid } from './keys';

const TABLE = 'actions';

/** How an open action stands, in the order in which people choose. */
export const STATES = ['方案已递', '报价待批', '合同用印中', '售后问题待解'] as const;
export type State = (typeof STATES)[number];
export const DONE = '已完成';

/** An action, with what its client and people are called as far as that may be known. */
export interface ActionView {
  id: number;
  client: number | null;
  client_name: string;
  whom: string;
  title: string;
  topic: string;
  /** The material that goes with it. */
  link: string | null;
  status: string | null;
  assignee: number | null;
  assignee_name: string;
  author: number | null;
  author_name: string | null;
  created_ms: number;
  due_ms: number | null;
  done_ms: number | null;
  version: number;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** The first address in a note that may be opened. */
export const addressIn = (note: unknown): string | null => text(note).split(/[\s()<>[\]"]+/).find(isAddress) ?? null;

/** A record with the names that came with its page. */
export function actionOf({ id, version, values }: Row, names: Page['names'] = {}): ActionView {
  const name = (table: string, of: number | null) => (of === null ? '' : (names[table]?.[of] ?? ''));
  const [client, owner, author] = [number(values.client), number(values.owner), number(values.created_by)];
  return {
    id,
    client,
    client_name: name('clients', client),
    whom: text(values.whom),
    title: text(values.next),
    topic: text(values.topic),
    link: addressIn(values.note),
    status: typeof values.status === 'string' ? values.status : null,
    assignee: owner,
    assignee_name: name('people', owner),
    author,
    author_name: name('people', author) || null,
    created_ms: number(values.created_at) ?? 0,
    due_ms: number(values.due) ?? endOfDay(text(values.due)) ?? null,
    done_ms: number(values.done_at),
    version,
  };
}

/** As many as anybody looks through. */
const OPEN_MAX = 200;
const DONE_MAX = 50;

/** Of one client, or all that one may see; open ones first. What a visit made of itself is nothing to do. */
export async function listActions(client?: number): Promise<Answer<{ items: ActionView[] }>> {
  const which = `origin != 'visit'${client === undefined ? '' : ` && client == ${client}`}`;
  const [open, done] = await Promise.all([
    listRecords(TABLE, { filter: `${which} && done_at == null`, sort: 'due,created_at', limit: OPEN_MAX, names: true }),
    listRecords(TABLE, { filter: `${which} && done_at != null`, sort: '-done_at', limit: DONE_MAX, names: true }),
  ]);
  const problem = open.problem ?? done.problem;
  // A house without this table has nothing to do in it.
  if (problem?.status === 404) return { data: { items: [] } };
  if (problem !== undefined) return { problem };
  return { data: { items: [open.data, done.data].flatMap((page) => (page?.items ?? []).map((row) => actionOf(row, page?.names))) } };
}

export interface NewAction {
  client: number;
  whom: string;
  title: string;
  topic: string;
  status: string;
  assignee: number;
  due: string | number;
  link?: string;
}

export const addAction = ({ client, whom, title, topic, status, assignee, due, link }: NewAction) =>
  outbox.write<Row>(
    creating('action', title, TABLE, uuid(), {
    client,
    whom,
    status,
    next: title,
    due,
    owner: assignee,
    ...(topic === '' ? {} : { topic }),
    ...(link === undefined ? {} : { note: link }),
  }),
  );

/** Done; or as it stood before. */
export async function setDone(action: ActionView, done: boolean): Promise<Answer<ActionView>> {
  const path = changing('', TABLE, action.id, {}, {}).path;
  const waits = outbox.mine.find((entry) => entry.kind === 'change' && entry.path === path && entry.state === 'waiting');
  if (!done && waits !== undefined) {
    await outbox.drop(waits);
    return { data: { ...action, status: STATES.find((state) => state === (waits.body as { base?: { status?: unknown } }).base?.status) ?? STATES[0], done_ms: null } };
  }
  const set = (status: string) => outbox.write<Row>(changing(action.title, TABLE, action.id, { status }, { status: action.status }));
  const back = async () => {
    const restored = await restoreField(TABLE, action.id, 'status');
    // Nobody has said how it stood: it was done from the beginning.
    return restored.problem?.status === 404 || restored.problem?.status === 422 ? set(STATES[0]) : restored;
  };
  const { data, problem } = done ? await set(DONE) : await back();
  // It stands as it will.
  if (isKept(problem)) return { data: { ...action, status: done ? DONE : STATES[0], done_ms: done ? Date.now() : null } };
  if (problem !== undefined) return { problem };
  const { client_name, assignee_name, author_name } = action;
  return { data: { ...actionOf(data), client_name, assignee_name, author_name } };
}
