// One call as the page knows it: its state, its newest measures, its lanes and its trails.
import { type Problem, readCall } from '../api/client';
import type { CallState, CallView, Channel, Layout, SnapshotView, SummaryView, TickView } from '../api/views';
import { LaneClock } from './clock';
import { Hints } from './hints.svelte';
import { Lanes } from './lanes';
import { CallStream } from './stream';
import { Trails } from './trails';

export class LiveCall {
  view = $state.raw<CallView | undefined>();
  problem = $state.raw<Problem | undefined>();
  state = $state<CallState>('waiting');
  elapsed_ms = $state(0);
  /** Why the appliance cannot open its input now, in its own words. */
  why = $state<string | undefined>();
  /** The appliance can be heard. */
  linked = $state(true);
  snapshot = $state.raw<SnapshotView | undefined>();
  summary = $state.raw<SummaryView | undefined>();
  lanes = $state.raw(new Lanes([]));
  readonly clock = new LaneClock();
  readonly trails = new Trails();
  readonly hints: Hints;
  /** Wants every step as it comes. */
  heard: ((tick: TickView) => void) | undefined;
  private readonly stream: CallStream;

  constructor(readonly id: string) {
    this.hints = new Hints(id);
    this.stream = new CallStream(id, {
      tick: (tick) => {
        this.lanes.push(tick);
        this.heard?.(tick);
        this.clock.hear(this.lanes.newest_ms, performance.now());
      },
      snapshot: (snapshot) => {
        // After a reconnect the last minute comes again.
        if (snapshot.at_ms < (this.snapshot?.at_ms ?? 0)) return;
        this.trails.push(snapshot);
        this.snapshot = snapshot;
        this.elapsed_ms = snapshot.at_ms;
      },
      hint: (hint) => this.hints.hear(hint, this.elapsed_ms),
      state: ({ state, elapsed_ms, problem }) => {
        this.state = state;
        this.why = problem ?? undefined;
        this.elapsed_ms = elapsed_ms;
      },
      ended: (summary) => {
        this.state = summary.state;
        this.summary = summary;
      },
      link: (up) => this.link(up),
    });
  }

  async open(): Promise<void> {
    await this.read();
    const running = this.problem === undefined && this.state !== 'ended' && this.state !== 'withdrawn';
    if (running) this.stream.begin();
  }

  close(): void {
    this.hints.close();
    this.stream.end();
  }

  get channels(): Channel[] {
    return this.view === undefined ? [] : channelsOf(this.view.layout);
  }

  private async read(): Promise<void> {
    const { data, problem } = await readCall(this.id);
    this.problem = problem;
    if (data === undefined) return;
    this.view = data;
    this.hints.level = data.hints ?? undefined;
    this.state = data.state;
    this.elapsed_ms = data.elapsed_ms;
    this.why = data.problem ?? undefined;
    if (this.lanes.channels.length === 0) this.lanes = new Lanes(channelsOf(data.layout));
  }

  private link(up: boolean): void {
    this.linked = up;
    // The appliance may be another one than before: does it still know the call?
    if (!up) void readCall(this.id).then(({ problem }) => {
      if (problem?.status === 404) {
        this.problem = problem;
        this.close();
      }
    });
  }
}

/** The rep's lane is always the upper one, whichever channel it came on. */
export const channelsOf = (layout: Layout): Channel[] => (layout === 'mono' ? ['mono'] : ['rep', 'client']);
