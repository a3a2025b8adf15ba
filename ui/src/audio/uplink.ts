// Pieces of sound -> the ear's WebSocket. Comes back by itself with a new ticket; never keeps more than a second.
import type { Answer } from '../api/client';
import type { TicketView } from '../api/views';

export interface Format {
  rate: number;
  channels: number;
}

/** As much of a WebSocket as is used here. */
export interface Wire {
  bufferedAmount: number;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: string | ArrayBuffer): void;
  close(): void;
}

export interface Parts {
  open(url: string): Wire;
  ticket(): Promise<Answer<TicketView>>;
  changed(status: Status): void;
}

/** `over`: the call ended or the ear refuses for good, for `reason`. */
export type Phase = 'connecting' | 'sending' | 'waiting' | 'over';

export interface Status {
  phase: Phase;
  /** A close code or the code of a problem; empty while all is well. */
  reason: string;
  /** Sound that was given up because it could not be sent in time. */
  dropped_ms: number;
}

/** What waits for the network; older sound is dropped and counted. */
const QUEUE_MS = 1000;

/** What the browser's own buffer may hold; the rest waits in the queue, where it can still be dropped. */
const WIRE_MS = 200;

const BACKOFF_MS = [250, 500, 1000, 2000, 4000];

/** How long the ear may take to confirm the end. */
const STOP_MS = 1500;

/** Without an answer to `start` for this long the connection is tried anew. */
const START_MS = 6000;

/** Trying again would not help: wrong format, a message that is too big, another page sends for this call. */
const FINAL_CODES = [1003, 1007, 1009, 4409];

export class Uplink {
  private queue: ArrayBuffer[] = [];
  private wire: Wire | undefined;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private status: Status = { phase: 'connecting', reason: '', dropped_ms: 0 };
  private ended: (() => void) | undefined;

  constructor(
    private readonly format: Format,
    private readonly parts: Parts,
  ) {}

  /** Connects; without a ticket it asks for one. */
  async begin(ticket?: TicketView): Promise<void> {
    this.tell('connecting', this.status.reason);
    if (ticket !== undefined) return this.connect(ticket.url);
    const answer = await this.parts.ticket();
    if (this.status.phase !== 'connecting') return;
    if (answer.data !== undefined) return this.connect(answer.data.url);
    const { code, status } = answer.problem;
    if (status >= 400 && status < 500 && status !== 429) this.over(code);
    else this.retry(code);
  }

  push(pcm: ArrayBuffer): void {
    if (this.status.phase === 'over') return;
    this.queue.push(pcm);
    let queued = this.queue.reduce((bytes, piece) => bytes + piece.byteLength, 0);
    let dropped = 0;
    while (queued > this.bytes(QUEUE_MS)) {
      const oldest = this.queue.shift()?.byteLength ?? 0;
      queued -= oldest;
      dropped += oldest;
    }
    if (dropped > 0) {
      this.status = { ...this.status, dropped_ms: this.status.dropped_ms + (dropped * 1000) / this.bytes(1000) };
      this.parts.changed(this.status);
    }
    this.drain();
  }

  /** Says something of the voices on the one microphone; only while sound is sent. */
  say(type: 'this_is_me' | 'swap'): void {
    if (this.status.phase === 'sending') this.wire?.send(JSON.stringify({ type }));
  }

  /** Sends what is left, says stop, and resolves when the ear has confirmed or the wait is over. */
  finish(): Promise<void> {
    const { wire } = this;
    if (wire === undefined || this.status.phase !== 'sending') {
      this.abort();
      return Promise.resolve();
    }
    for (const piece of this.queue.splice(0)) wire.send(piece);
    wire.send(JSON.stringify({ type: 'stop' }));
    return new Promise((resolve) => {
      this.ended = resolve;
      this.timer = setTimeout(() => this.abort(), STOP_MS);
    });
  }

  /** Ends at once; nothing more is sent. */
  abort(): void {
    this.over('');
  }

  private connect(url: string): void {
    const wire = this.parts.open(url);
    this.wire = wire;
    this.timer = setTimeout(() => this.lost(wire, 'timeout'), START_MS);
    wire.onopen = () => wire.send(JSON.stringify({ type: 'start', ...this.format, format: 's16le' }));
    wire.onmessage = ({ data }) => {
      if (typeof data === 'string') this.hear(data);
    };
    wire.onclose = ({ code }) => this.lost(wire, String(code));
  }

  private hear(text: string): void {
    const said = JSON.parse(text) as { type?: string };
    if (said.type !== 'started') return;
    clearTimeout(this.timer);
    this.attempt = 0;
    this.tell('sending', '');
    this.drain();
  }

  private drain(): void {
    const { wire } = this;
    if (wire === undefined || this.status.phase !== 'sending') return;
    while (wire.bufferedAmount < this.bytes(WIRE_MS)) {
      const piece = this.queue.shift();
      if (piece === undefined) return;
      wire.send(piece);
    }
  }

  private lost(wire: Wire, reason: string): void {
    if (wire !== this.wire) return;
    this.letGo();
    if (this.ended !== undefined) this.over('');
    else if (FINAL_CODES.includes(Number(reason))) this.over(reason);
    else this.retry(reason);
  }

  private retry(reason: string): void {
    this.tell('waiting', reason);
    const wait = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)];
    this.attempt += 1;
    this.timer = setTimeout(() => void this.begin(), wait);
  }

  private over(reason: string): void {
    this.letGo();
    this.queue = [];
    this.tell('over', reason);
    this.ended?.();
    this.ended = undefined;
  }

  private letGo(): void {
    clearTimeout(this.timer);
    const { wire } = this;
    this.wire = undefined;
    if (wire === undefined) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
  }

  private bytes(ms: number): number {
    return (this.format.rate * this.format.channels * 2 * ms) / 1000;
  }

  private tell(phase: Phase, reason: string): void {
    this.status = { ...this.status, phase, reason };
    this.parts.changed(this.status);
  }
}
