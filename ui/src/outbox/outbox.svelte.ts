// The outbox of this device as pages see it: what waits, how it stands, and the ways to write through it.
import { type Answer, caller, type Problem, raw } from '../api/client';
import { uuid } from '../api/keys';
import { reach } from './answers';
import { store } from './device';
import { type Entry, KEPT, Queue, type Sent, type Wish } from './queue';

/** While something waits, it is tried so often. */
const EVERY_MS = 15_000;

/** What is not answered by then may have been done: it is asked again under its key. */
const ANSWER_WITHIN_MS = 20_000;

/** The phone's clock, so that the appliance knows how far it is off. */
const CLOCK = 'x-phone-ms';

async function post({ method, path, body, photo, uid }: Entry): Promise<Sent> {
  const headers = { 'idempotency-key': uid, [CLOCK]: String(Date.now()), ...(photo === undefined ? {} : { 'content-type': photo.type }) };
  const content = photo === undefined ? body : new Uint8Array(photo.bytes);
  return raw<unknown>(method, path, content, headers, AbortSignal.timeout(ANSWER_WITHIN_MS)) as Promise<Sent>;
}

class Outbox {
  all = $state.raw<Entry[]>([]);
  /** The appliance did not answer last. */
  offline = $state(false);
  /** This device can keep nothing: everything is sent at once or not at all. */
  failed = $state(false);
  private readonly queue = new Queue(store, post, () => this.look());

  /** What is the reader's. */
  get mine(): Entry[] {
    return this.all.filter(({ person }) => person === caller.person);
  }

  async look(): Promise<void> {
    try {
      this.all = await store.all();
    } catch {
      this.failed = true;
    }
  }

  /** Keeps a wish and sends it when that can be: its answer, or the problem `kept` while it waits. */
  async write<T>(wish: Wish, uid: string = uuid()): Promise<Answer<T>> {
    const person = caller.person;
    const entry = { ...wish, uid, person: person ?? 0, seq: 0, made_ms: Date.now(), state: 'waiting' as const, tries: 0 };
    // While nobody has an account the appliance is this machine.
    if (person === undefined) return (await post(entry)) as Answer<T>;
    try {
      const answer = (await this.queue.write(wish, uid, person)) as Answer<T>;
      if (answer.problem?.code === KEPT) void navigator.storage?.persist?.();
      return answer;
    } catch {
      // The device is full, or keeps nothing for this page.
      this.failed = true;
      return (await post(entry)) as Answer<T>;
    }
  }

  async flush(): Promise<void> {
    const { person } = caller;
    if (person !== undefined && this.mine.some(({ state }) => state === 'waiting')) await this.queue.flush(person).catch(() => (this.failed = true));
  }

  /** It is tried again as it is; or, after a clash, as its writer has decided. */
  async again(entry: Entry, body?: unknown): Promise<void> {
    const { problem: _, ...rest } = entry;
    // Another request is not answered by the answer to the first.
    await store.put({ ...rest, state: 'waiting', ...(body === undefined ? {} : { body, uid: uuid() }) });
    await this.look();
    await this.flush();
  }

  async drop(entry: Entry): Promise<void> {
    await store.done(entry, undefined);
    await this.look();
  }

  /** What waits is sent on return, on a timer, and now. */
  watch(): () => void {
    const go = () => void this.flush();
    const seen = () => document.visibilityState === 'visible' && go();
    reach.told = (lost) => {
      this.offline = lost;
      if (!lost) go();
    };
    void this.look().then(go);
    const timer = setInterval(go, EVERY_MS);
    addEventListener('online', go);
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(timer);
      removeEventListener('online', go);
      document.removeEventListener('visibilitychange', seen);
    };
  }
}

export const outbox = new Outbox();

/** It waits here, and its writer need do nothing more. */
export const isKept = (problem: Problem | undefined): boolean => problem?.code === KEPT;
