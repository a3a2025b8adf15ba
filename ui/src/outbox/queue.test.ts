import { beforeEach, describe, expect, it } from 'vitest';

import { type Entry, KEPT, Queue, type Sent, type Store, type Wish } from './queue';

/** A device whose page may be killed: what is kept outlives every queue. */
class Device implements Store {
  entries: Entry[] = [];
  numbers = new Map<string, number>();
  private next = 1;

  async add(entry: Omit<Entry, 'seq'>): Promise<number> {
    this.entries.push({ ...entry, seq: this.next });
    return this.next++;
  }
  async put(entry: Entry): Promise<void> {
    this.entries = this.entries.map((one) => (one.seq === entry.seq ? entry : one));
  }
  async done(entry: Entry, made: number | undefined): Promise<void> {
    this.entries = this.entries.filter(({ seq }) => seq !== entry.seq);
    if (made !== undefined) this.numbers.set(entry.uid, made);
  }
  async all(): Promise<Entry[]> {
    return [...this.entries];
  }
  async made(uid: string): Promise<number | undefined> {
    return this.numbers.get(uid);
  }
}

/** An appliance that does a thing once under its key. */
class Appliance {
  rows: Entry[] = [];
  asked: string[] = [];
  up = true;
  /** Its answers are lost on the way for so many requests. */
  lost = 0;
  refuse: Record<string, Sent['problem']> = {};

  post = async (entry: Entry): Promise<Sent> => {
    this.asked.push(entry.uid);
    if (!this.up) return { problem: { code: 'unreachable', detail: '', status: 0 } };
    const problem = this.refuse[entry.uid];
    if (problem !== undefined) return { problem };
    const before = this.rows.findIndex(({ uid }) => uid === entry.uid);
    if (before < 0) this.rows.push(entry);
    if (this.lost > 0) {
      this.lost -= 1;
      return { problem: { code: 'unreachable', detail: '', status: 0 } };
    }
    return { data: { id: 100 + (before < 0 ? this.rows.length - 1 : before) } };
  };
}

const wish = (title: string, more: Partial<Wish> = {}): Wish => ({ kind: 'action', title, method: 'POST', path: '/x', ...more });
const REFUSED = { code: 'bad_field', detail: 'no', status: 422 };

describe('the outbox', () => {
  let device: Device;
  let appliance: Appliance;
  let queue: Queue;
  beforeEach(() => {
    device = new Device();
    appliance = new Appliance();
    queue = new Queue(device, appliance.post);
  });
  const titles = () => appliance.rows.map(({ title }) => title);

  it('keeps what cannot be sent, and sends it in order after the page was killed', async () => {
    appliance.up = false;
    for (const n of ['1', '2', '3']) expect((await queue.write(wish(n), n, 7)).problem?.code).toBe(KEPT);
    appliance.up = true;
    const again = new Queue(device, appliance.post);
    await again.flush(7);
    expect([titles(), device.entries]).toEqual([['1', '2', '3'], []]);
  });

  it('doubles nothing however many answers are lost', async () => {
    appliance.lost = 5;
    for (let n = 0; n < 10; n += 1) await queue.write(wish(String(n)), String(n), 7);
    for (let n = 0; n < 10; n += 1) await Promise.all([queue.flush(7), queue.flush(7)]);
    expect(titles()).toEqual([...Array(10).keys()].map(String));
    expect(device.entries).toEqual([]);
  });

  it('writes what belongs to something once that is there', async () => {
    appliance.up = false;
    await queue.write(wish('visit'), 'v', 7);
    await queue.write(wish('photo', { after: 'v', path: '/visits/{id}/photo' }), 'p', 7);
    appliance.up = true;
    await queue.flush(7);
    expect(appliance.rows.map(({ path }) => path)).toEqual(['/x', '/visits/100/photo']);
  });

  it('lets others go on where one is refused, and keeps both sides of a clash', async () => {
    appliance.up = false;
    for (const n of ['a', 'b', 'c']) await queue.write(wish(n), n, 7);
    await queue.write(wish('of a', { after: 'a', path: '/{id}' }), 'd', 7);
    [appliance.up, appliance.asked] = [true, []];
    const conflicts = [{ field: 'status', base: 1, theirs: 2, mine: 3 }];
    appliance.refuse = { a: REFUSED, b: { code: 'conflict', detail: '', status: 409, conflicts } };
    await queue.flush(7);
    await queue.flush(7);
    expect(titles()).toEqual(['c']);
    expect(device.entries.map(({ uid, state }) => [uid, state])).toEqual([['a', 'refused'], ['b', 'clash'], ['d', 'waiting']]);
    expect(device.entries[1]?.problem?.conflicts).toEqual(conflicts);
    expect(appliance.asked.filter((uid) => uid === 'a')).toHaveLength(1);
  });

  it('gives back at once what is refused while its writer is there', async () => {
    appliance.refuse = { a: REFUSED };
    expect((await queue.write(wish('a'), 'a', 7)).problem).toEqual(REFUSED);
    expect(device.entries).toEqual([]);
  });

  it('waits out an appliance that is busy, and does not hold the others up for it', async () => {
    appliance.refuse = { a: { code: 'disk_full', detail: '', status: 507 } };
    expect((await queue.write(wish('a'), 'a', 7)).problem?.code).toBe(KEPT);
    await queue.write(wish('b'), 'b', 7);
    expect([titles(), device.entries[0]?.tries]).toEqual([['b'], 2]);
    appliance.refuse = {};
    await queue.flush(7);
    expect(titles()).toEqual(['b', 'a']);
  });

  it('is nobody else’s: a session that ended keeps it for the same person', async () => {
    appliance.refuse = { a: { code: 'not_signed_in', detail: '', status: 401 } };
    await queue.write(wish('a'), 'a', 7);
    appliance.refuse = {};
    await queue.flush(8);
    expect(titles()).toEqual([]);
    await queue.flush(7);
    expect(titles()).toEqual(['a']);
  });
});
