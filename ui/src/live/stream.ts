// The live events of one call. Comes back by itself; a silent connection counts as a lost one.
import { streamUrl } from '../api/client';
import type { HintView, SnapshotView, StateView, SummaryView, TickView } from '../api/views';

export interface Heard {
  tick(tick: TickView): void;
  snapshot(snapshot: SnapshotView): void;
  hint(hint: HintView): void;
  state(state: StateView): void;
  ended(summary: SummaryView): void;
  /** Whether the appliance can be heard. */
  link(up: boolean): void;
}

/** As much of an EventSource as is used here. */
export interface Source {
  readyState: number;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(name: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

const CLOSED = 2;

const BACKOFF_MS = [500, 1000, 2000, 4000];

/** While a call is live the appliance speaks at least once a second. */
const SILENT_MS = 5000;

export class CallStream {
  private source: Source | undefined;
  private attempt = 0;
  private live = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly id: string,
    private readonly heard: Heard,
    private readonly open: (url: string) => Source = (url) => new EventSource(url),
  ) {}

  begin(): void {
    const source = this.open(streamUrl(this.id));
    this.source = source;
    source.onopen = () => {
      this.attempt = 0;
      this.heard.link(true);
      this.watch();
    };
    source.onerror = () => {
      this.heard.link(false);
      // The browser itself tries again unless the answer was not an event stream.
      if (source.readyState === CLOSED) this.again();
    };
    this.take<TickView>('tick', (tick) => this.heard.tick(tick));
    this.take<SnapshotView>('snapshot', (snapshot) => this.heard.snapshot(snapshot));
    this.take<HintView>('hint', (hint) => this.heard.hint(hint));
    this.take<StateView>('state', (state) => {
      this.live = state.state === 'live';
      this.heard.state(state);
    });
    this.take<SummaryView>('ended', (summary) => {
      this.end();
      this.heard.ended(summary);
    });
  }

  end(): void {
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    this.source?.close();
    this.source = undefined;
  }

  private take<T>(name: string, hear: (value: T) => void): void {
    this.source?.addEventListener(name, ({ data }) => {
      this.watch();
      hear(JSON.parse(data as string) as T);
    });
  }

  private watch(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      if (!this.live) return this.watch();
      this.heard.link(false);
      this.again();
    }, SILENT_MS);
  }

  private again(): void {
    this.end();
    const wait = BACKOFF_MS[Math.min(this.attempt, BACKOFF_MS.length - 1)];
    this.attempt += 1;
    this.timer = setTimeout(() => this.begin(), wait);
  }
}
