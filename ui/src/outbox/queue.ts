// What somebody wrote on this device → sent in order, once each, when it can be. Nothing here knows a browser: the store
// keeps, the post sends, so that a page that is killed at any point goes on where it was.
import type { Problem } from '../api/client';

export const KINDS = ['check_in', 'photo', 'action', 'record', 'change'] as const;
export type Kind = (typeof KINDS)[number];

/** A request that is to be made, with what a reader is told of it. */
export interface Wish {
  kind: Kind;
  /** What it is about, in the writer's words. */
  title: string;
  method: 'POST' | 'PUT' | 'PATCH';
  /** `{id}` stands for the number of what `after` made. */
  path: string;
  body?: unknown;
  photo?: { type: string; bytes: ArrayBuffer };
  /** The key of the wish that must have been granted before. */
  after?: string;
}

export interface Entry extends Wish {
  /** Its place in the order. */
  seq: number;
  /** Made here: the appliance does a thing once under its key. */
  uid: string;
  person: number;
  made_ms: number;
  /** `waiting`: it will be sent. `clash`: somebody else changed the same. `refused`: it cannot be taken as it is. */
  state: 'waiting' | 'clash' | 'refused';
  tries: number;
  tried_ms?: number;
  problem?: Problem;
}

export interface Store {
  /** Answers its place in the order; throws where nothing can be kept. */
  add(entry: Omit<Entry, 'seq'>): Promise<number>;
  put(entry: Entry): Promise<void>;
  /** It is done: gone, and which number it made is kept with that, in one step. */
  done(entry: Entry, made: number | undefined): Promise<void>;
  all(): Promise<Entry[]>;
  made(uid: string): Promise<number | undefined>;
}

/** `unreachable` is nobody's answer; everything else is the appliance's. */
export type Sent = { data: unknown; problem?: undefined } | { data?: undefined; problem: Problem };

/** What a writer is told of a wish that waits. */
export const KEPT = 'kept';

/** The appliance may take it later as it is: it is busy, restarts, or its disk is full. */
const LATER = [408, 429, 500, 502, 503, 504, 507];
const NOBODY = [401];

/** The result of one round. */
type Round = Map<string, Sent>;

export class Queue {
  private round: Promise<Round> | undefined;

  constructor(
    private readonly store: Store,
    private readonly post: (entry: Entry) => Promise<Sent>,
    /** What is kept has changed. */
    private readonly changed: () => Promise<void> = async () => {},
    private readonly now_ms: () => number = Date.now,
  ) {}

  /** Keeps a wish, then tries to send everything. Its answer, or `kept` while it waits. What is refused while its writer is there is theirs again: nothing of it is kept. */
  async write(wish: Wish, uid: string, person: number): Promise<Sent> {
    const entry = { ...wish, uid, person, made_ms: this.now_ms(), state: 'waiting' as const, tries: 0 };
    const seq = await this.store.add(entry);
    await this.changed();
    // A round that goes on may have looked already.
    await this.round;
    const sent = (await this.flush(person)).get(uid);
    if (sent?.problem !== undefined && !waits(sent.problem)) {
      await this.store.done({ ...entry, seq }, undefined);
      await this.changed();
    }
    return sent === undefined || (sent.problem !== undefined && waits(sent.problem)) ? { problem: { code: KEPT, detail: '', status: 0 } } : sent;
  }

  /** Sends what waits and is this person's. One round at a time. */
  flush(person: number): Promise<Round> {
    this.round ??= this.send(person).finally(() => (this.round = undefined));
    return this.round;
  }

  private async send(person: number): Promise<Round> {
    const round: Round = new Map();
    for (const entry of await this.store.all()) {
      if (entry.person !== person || entry.state !== 'waiting') continue;
      const ready = await this.ready(entry);
      if (ready === undefined) continue;
      const sent = await this.post(ready);
      round.set(entry.uid, sent);
      await this.settle(entry, sent);
      await this.changed();
      // Without the appliance, or a session, the others would not get further.
      if (sent.problem !== undefined && (sent.problem.status === 0 || NOBODY.includes(sent.problem.status))) break;
    }
    return round;
  }

  /** With the number of what it belongs to; nothing while that is not there. */
  private async ready(entry: Entry): Promise<Entry | undefined> {
    if (entry.after === undefined) return entry;
    const made = await this.store.made(entry.after);
    return made === undefined ? undefined : { ...entry, path: entry.path.replace('{id}', String(made)) };
  }

  private async settle(entry: Entry, { data, problem }: Sent): Promise<void> {
    if (problem === undefined) {
      const made = (data as { id?: unknown } | undefined)?.id;
      return this.store.done(entry, typeof made === 'number' ? made : undefined);
    }
    const state = waits(problem) ? 'waiting' : Array.isArray(problem.conflicts) && problem.conflicts.length > 0 ? 'clash' : 'refused';
    await this.store.put({ ...entry, state, problem, tries: entry.tries + 1, tried_ms: this.now_ms() });
  }
}

const waits = ({ status }: Problem): boolean => status === 0 || LATER.includes(status) || NOBODY.includes(status);
