import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { CallStream, type Heard, type Source } from './stream';

class FakeSource implements Source {
  static all: FakeSource[] = [];
  readyState = 0;
  onopen: Source['onopen'] = null;
  onerror: Source['onerror'] = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent) => void>();

  constructor() {
    FakeSource.all.push(this);
  }
  addEventListener(name: string, listener: (event: MessageEvent) => void): void {
    this.listeners.set(name, listener);
  }
  close(): void {
    this.closed = true;
  }
  say(name: string, value: unknown): void {
    this.listeners.get(name)?.({ data: JSON.stringify(value) } as MessageEvent);
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.(new Event('error'));
  }
}

const newest = (): FakeSource => FakeSource.all.at(-1)!;
let links: boolean[];
let heard: string[];
let stream: CallStream;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.all = [];
  links = [];
  heard = [];
  const hear: Heard = {
    tick: () => heard.push('tick'),
    snapshot: () => heard.push('snapshot'),
    hint: () => heard.push('hint'),
    state: ({ state }) => heard.push(state),
    ended: () => heard.push('ended'),
    link: (up) => links.push(up),
  };
  stream = new CallStream('0123456789abcdef', hear, () => new FakeSource());
  stream.begin();
  newest().onopen?.(new Event('open'));
});

afterEach(() => vi.useRealTimers());

it('passes on what it hears', () => {
  newest().say('state', { state: 'live', elapsed_ms: 0 });
  newest().say('tick', {});
  newest().say('snapshot', {});
  expect(heard).toEqual(['live', 'tick', 'snapshot']);
  expect(links).toEqual([true]);
});

it('leaves a broken connection to the browser, which tries again itself', () => {
  newest().fail(0);
  vi.advanceTimersByTime(10_000);
  expect(links).toEqual([true, false]);
  expect(FakeSource.all.length).toBe(1);
});

it('opens a refused stream anew, later each time', () => {
  newest().fail(2);
  vi.advanceTimersByTime(499);
  expect(FakeSource.all.length).toBe(1);
  vi.advanceTimersByTime(1);
  expect(FakeSource.all.length).toBe(2);
  newest().fail(2);
  vi.advanceTimersByTime(999);
  expect(FakeSource.all.length).toBe(2);
  vi.advanceTimersByTime(1);
  expect(FakeSource.all.length).toBe(3);
});

it('takes silence in a live call for a lost connection', () => {
  newest().say('state', { state: 'live', elapsed_ms: 0 });
  vi.advanceTimersByTime(4000);
  newest().say('snapshot', {});
  vi.advanceTimersByTime(4900);
  expect(FakeSource.all.length).toBe(1);
  vi.advanceTimersByTime(100 + 500);
  expect(links.at(-1)).toBe(false);
  expect(FakeSource.all.length).toBe(2);
  expect(FakeSource.all[0]?.closed).toBe(true);
});

it('takes silence in a waiting call for silence', () => {
  newest().say('state', { state: 'waiting', elapsed_ms: 0 });
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.all.length).toBe(1);
});

it('stays closed after the end', () => {
  newest().say('state', { state: 'live', elapsed_ms: 0 });
  newest().say('ended', {});
  vi.advanceTimersByTime(60_000);
  expect(newest().closed).toBe(true);
  expect(FakeSource.all.length).toBe(1);
  expect(heard).toEqual(['live', 'ended']);
});
