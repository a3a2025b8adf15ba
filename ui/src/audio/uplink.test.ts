import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Answer } from '../api/client';
import type { TicketView } from '../api/views';
import { type Status, Uplink, type Wire } from './uplink';

const RATE = 8000;
/** 20 ms of one channel. */
const PIECE = new ArrayBuffer((RATE / 50) * 2);

class FakeWire implements Wire {
  static all: FakeWire[] = [];
  bufferedAmount = 0;
  onopen: Wire['onopen'] = null;
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  sent: (string | ArrayBuffer)[] = [];
  closed = false;

  constructor(readonly url: string) {
    FakeWire.all.push(this);
  }
  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  started(): void {
    this.onopen?.(new Event('open'));
    this.say({ type: 'started' });
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
  lose(code: number): void {
    this.onclose?.({ code } as CloseEvent);
  }
  pieces(): number {
    return this.sent.filter((data) => data instanceof ArrayBuffer).length;
  }
}

const wire = (): FakeWire => FakeWire.all.at(-1)!;
let tickets: number;
let answer: () => Answer<TicketView>;
let status: Status;
let uplink: Uplink;

beforeEach(() => {
  vi.useFakeTimers();
  FakeWire.all = [];
  tickets = 0;
  answer = () => ({ data: { url: `ws://ear/?ticket=${tickets}`, expires_ms: 0 } });
  uplink = new Uplink(
    { rate: RATE, channels: 1 },
    {
      open: (url) => new FakeWire(url),
      ticket: async () => {
        tickets += 1;
        return answer();
      },
      changed: (now) => (status = now),
    },
  );
});

afterEach(() => vi.useRealTimers());

async function connected(): Promise<void> {
  await uplink.begin({ url: 'ws://ear/?ticket=first', expires_ms: 0 });
  wire().started();
}

describe('a good connection', () => {
  it('says what comes, then sends it', async () => {
    await connected();
    uplink.push(PIECE);
    expect(wire().sent[0]).toBe(JSON.stringify({ type: 'start', rate: RATE, channels: 1, format: 's16le' }));
    expect(wire().pieces()).toBe(1);
    expect(status).toEqual({ phase: 'sending', reason: '', dropped_ms: 0 });
    expect(tickets).toBe(0);
  });

  it('keeps what comes before the ear is ready', async () => {
    await uplink.begin({ url: 'ws://ear/', expires_ms: 0 });
    for (let piece = 0; piece < 10; piece++) uplink.push(PIECE);
    wire().started();
    expect(wire().pieces()).toBe(10);
  });

  it('sends the rest and waits for the last word at the end', async () => {
    await connected();
    wire().bufferedAmount = 1e6;
    uplink.push(PIECE);
    const done = uplink.finish();
    expect(wire().pieces()).toBe(1);
    expect(wire().sent.at(-1)).toBe(JSON.stringify({ type: 'stop' }));
    wire().lose(1000);
    await done;
    expect(status).toMatchObject({ phase: 'over', reason: '' });
    expect(tickets).toBe(0);
  });

  it('does not wait for ever for the last word', async () => {
    await connected();
    const done = uplink.finish();
    await vi.advanceTimersByTimeAsync(2000);
    await done;
    expect(status.phase).toBe('over');
  });
});

describe('a slow network', () => {
  it('never keeps more than a second, drops the oldest and counts it', async () => {
    await connected();
    wire().bufferedAmount = 1e6;
    for (let piece = 0; piece < 75; piece++) uplink.push(PIECE);
    expect(status.dropped_ms).toBe(500);
    wire().bufferedAmount = 0;
    uplink.push(PIECE);
    expect(wire().pieces()).toBe(50);
    expect(status.dropped_ms).toBe(520);
  });
});

describe('a lost connection', () => {
  it('comes back with a new ticket', async () => {
    await connected();
    wire().lose(1006);
    expect(status).toMatchObject({ phase: 'waiting', reason: '1006' });
    await vi.advanceTimersByTimeAsync(250);
    expect(tickets).toBe(1);
    expect(wire().url).toBe('ws://ear/?ticket=1');
    wire().started();
    expect(status).toMatchObject({ phase: 'sending', reason: '' });
  });

  it('is tried more and more slowly, and quickly again after a success', async () => {
    await connected();
    for (const wait of [250, 500, 1000, 2000, 4000, 4000]) {
      const before = FakeWire.all.length;
      wire().lose(1006);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(FakeWire.all.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeWire.all.length).toBe(before + 1);
    }
    wire().started();
    wire().lose(1001);
    await vi.advanceTimersByTimeAsync(250);
    expect(FakeWire.all.length).toBe(8);
  });

  it('waits when the appliance itself is away', async () => {
    await connected();
    answer = () => ({ problem: { code: 'unreachable', detail: '', status: 0 } });
    wire().lose(1006);
    await vi.advanceTimersByTimeAsync(250);
    expect(status).toMatchObject({ phase: 'waiting', reason: 'unreachable' });
    answer = () => ({ data: { url: 'ws://ear/', expires_ms: 0 } });
    await vi.advanceTimersByTimeAsync(500);
    wire().started();
    expect(status.phase).toBe('sending');
  });

  it('gives up an ear that never answers to start', async () => {
    await uplink.begin({ url: 'ws://ear/', expires_ms: 0 });
    wire().onopen?.(new Event('open'));
    await vi.advanceTimersByTimeAsync(6000);
    expect(FakeWire.all[0]?.closed).toBe(true);
    expect(status).toMatchObject({ phase: 'waiting', reason: 'timeout' });
  });
});

describe('the end', () => {
  it.each([1003, 1007, 1009, 4409])('is final after close code %i', async (code) => {
    await connected();
    wire().lose(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(status).toMatchObject({ phase: 'over', reason: String(code) });
    expect(FakeWire.all.length).toBe(1);
  });

  it('is final when the call is over', async () => {
    await connected();
    answer = () => ({ problem: { code: 'call_is_over', detail: '', status: 409 } });
    wire().lose(1008);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(status).toMatchObject({ phase: 'over', reason: 'call_is_over' });
    expect(tickets).toBe(1);
  });

  it('sends nothing after an abort', async () => {
    await connected();
    uplink.abort();
    uplink.push(PIECE);
    expect(wire().pieces()).toBe(0);
    expect(wire().closed).toBe(true);
    expect(status.phase).toBe('over');
  });

  it('does not connect when the ticket comes after an abort', async () => {
    const begun = uplink.begin();
    uplink.abort();
    await begun;
    expect(FakeWire.all.length).toBe(0);
  });
});
