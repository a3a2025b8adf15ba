// The hint that is shown now. One at a time, for a few seconds, never twice.
import { type Problem, rateHint, setHintLevel } from '../api/client';
import type { HintLevel, HintView, Rating } from '../api/views';

/** A card that nobody touches goes by itself. */
export const SHOWN_MS = 8000;

/** An older one, as after a reconnect, is no longer news. */
const NEWS_MS = 8000;

const PULSE_MS = 60;

const REMEMBERED = 'undertone.hints.vibrate';

export class Hints {
  shown = $state.raw<HintView | undefined>();
  /** The last one about the client, though its card has gone. */
  client = $state.raw<HintView | undefined>();
  /** Somebody reads why: it stays. */
  open = $state(false);
  /** How many are wanted; undefined when there can be none. */
  level = $state<HintLevel | undefined>();
  vibrates = $state(localStorage.getItem(REMEMBERED) === 'yes');
  problem = $state.raw<Problem | undefined>();
  private newest = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly call: string) {}

  hear(hint: HintView, now_ms: number): void {
    if (hint.id <= this.newest) return;
    this.newest = hint.id;
    if (hint.side === 'client') this.client = hint;
    if (now_ms - hint.at_ms > NEWS_MS) return;
    this.shown = hint;
    this.open = false;
    this.hideLater();
    if (this.vibrates) navigator.vibrate?.(PULSE_MS);
  }

  /** While a finger or the focus is on the card it stays. */
  hold(): void {
    clearTimeout(this.timer);
  }

  hideLater(): void {
    clearTimeout(this.timer);
    if (this.open) return;
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide(): void {
    clearTimeout(this.timer);
    this.shown = undefined;
    this.open = false;
  }

  toggle(): void {
    this.open = !this.open;
    if (this.open) this.hold();
    else this.hideLater();
  }

  async rate(rating: Rating): Promise<void> {
    const hint = this.shown;
    this.hide();
    if (hint === undefined) return;
    ({ problem: this.problem } = await rateHint(this.call, hint.id, rating));
  }

  async choose(level: HintLevel): Promise<void> {
    const before = this.level;
    this.level = level;
    ({ problem: this.problem } = await setHintLevel(this.call, level));
    if (this.problem !== undefined) this.level = before;
  }

  vibrate(on: boolean): void {
    this.vibrates = on;
    localStorage.setItem(REMEMBERED, on ? 'yes' : 'no');
    if (on) navigator.vibrate?.(PULSE_MS);
  }

  close(): void {
    clearTimeout(this.timer);
  }
}
