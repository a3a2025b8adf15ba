// What this device keeps while the appliance is out of reach (IndexedDB): wishes that wait, and answers as they were last.
import type { Entry, Store } from './queue';

const NAME = 'undertone';
const VERSION = 1;

/** So many answers are kept; the oldest go. */
const ANSWERS_MAX = 300;

interface Kept {
  key: string;
  text: string;
  at_ms: number;
}

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const { result } = request;
      result.createObjectStore('entries', { keyPath: 'seq', autoIncrement: true });
      result.createObjectStore('made');
      result.createObjectStore('answers', { keyPath: 'key' }).createIndex('at_ms', 'at_ms');
    };
    request.onsuccess = () => {
      // Another window has a newer version of the page: it must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error('it cannot be opened'));
  });
  return opened;
}

/** One transaction; settled when it is on the device. */
async function within<T>(stores: string[], mode: IDBTransactionMode, work: (transaction: IDBTransaction) => IDBRequest<T> | undefined): Promise<T | undefined> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode);
    const request = work(transaction);
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('it was not kept'));
  });
}

export const store: Store = {
  async add(entry) {
    return Number(await within(['entries'], 'readwrite', (at) => at.objectStore('entries').add(entry)));
  },
  async put(entry) {
    await within(['entries'], 'readwrite', (at) => at.objectStore('entries').put(entry));
  },
  async done({ seq, uid }, made) {
    await within(['entries', 'made'], 'readwrite', (at) => {
      if (made !== undefined) at.objectStore('made').put(made, uid);
      at.objectStore('entries').delete(seq);
      return undefined;
    });
  },
  async all() {
    return ((await within(['entries'], 'readonly', (at) => at.objectStore('entries').getAll())) ?? []) as Entry[];
  },
  async made(uid) {
    return (await within(['made'], 'readonly', (at) => at.objectStore('made').get(uid))) as number | undefined;
  },
};

/** An answer as it was last; nothing where the device keeps nothing. */
export async function kept(key: string): Promise<Kept | undefined> {
  return (await within(['answers'], 'readonly', (at) => at.objectStore('answers').get(key)).catch(() => undefined)) as Kept | undefined;
}

/** Where the device keeps nothing the page works as long as the appliance is there. */
export async function keep(key: string, text: string): Promise<void> {
  await within(['answers'], 'readwrite', (at) => {
    const answers = at.objectStore('answers');
    answers.put({ key, text, at_ms: Date.now() } satisfies Kept);
    const count = answers.count();
    count.onsuccess = () => {
      let over = count.result - ANSWERS_MAX;
      if (over <= 0) return;
      const oldest = answers.index('at_ms').openCursor();
      oldest.onsuccess = () => {
        if (oldest.result === null || over <= 0) return;
        oldest.result.delete();
        over -= 1;
        oldest.result.continue();
      };
    };
    return undefined;
  }).catch(() => {});
}

/** Whoever signs out leaves nothing to read here. What waits to be sent stays: it is theirs when they come back. */
export async function forget(): Promise<void> {
  await within(['answers'], 'readwrite', (at) => at.objectStore('answers').clear()).catch(() => {});
}
