// Positions on their way to the appliance: thinned, in order, bounded, and kept until they were answered.
import type { Fix } from '../api/visits';

/** Closer positions say nothing new. */
const APART_MS = 10_000;

/** About three hours; when full, the oldest go. */
const KEPT_MAX = 1000;

export class Batch {
  private waiting: Fix[] = [];
  private last_ms = -Infinity;
  /** How many went without having been sent. */
  lost = 0;

  get size(): number {
    return this.waiting.length;
  }

  /** Answers whether it was taken. */
  push(fix: Fix): boolean {
    if (fix.tst_ms - this.last_ms < APART_MS) return false;
    this.last_ms = fix.tst_ms;
    this.waiting.push(fix);
    if (this.waiting.length > KEPT_MAX) {
      this.waiting.shift();
      this.lost += 1;
    }
    return true;
  }

  /** What is to be sent now. */
  peek(): Fix[] {
    return this.waiting.slice();
  }

  /** These were answered. */
  sent(fixes: Fix[]): void {
    const gone = new Set(fixes);
    this.waiting = this.waiting.filter((fix) => !gone.has(fix));
  }
}
