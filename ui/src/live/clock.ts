// When steps of 100 ms arrive unevenly, the lanes still move evenly.

/** A jump of this size is a gap, not jitter. */
const JUMP_MS = 1500;

/** How much of a deviation is taken over with each step. */
const FOLLOW = 0.1;

/** Without news the lanes stop this far behind the newest step. */
const COAST_MS = 250;

export class LaneClock {
  private offset_ms: number | undefined;
  private newest_ms = 0;

  /** A step that ends at `end_ms` on the audio clock came at `now_ms`. */
  hear(end_ms: number, now_ms: number): void {
    this.newest_ms = Math.max(this.newest_ms, end_ms);
    const offset_ms = this.newest_ms - now_ms;
    const deviation_ms = offset_ms - (this.offset_ms ?? offset_ms);
    if (this.offset_ms === undefined || Math.abs(deviation_ms) > JUMP_MS) this.offset_ms = offset_ms;
    else this.offset_ms += deviation_ms * FOLLOW;
  }

  /** The audio clock at the right edge of the lanes. */
  at(now_ms: number): number {
    if (this.offset_ms === undefined) return 0;
    return Math.max(0, Math.min(now_ms + this.offset_ms, this.newest_ms + COAST_MS));
  }
}
