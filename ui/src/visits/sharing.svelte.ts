// Reports positions while the page is open, if the reader wants that: from one page to the next, until it is closed.
import { report } from '../api/visits';
import { Batch } from './batch';
import { ASKED, positionOf, possible, type Trouble, troubleOf } from './where';

const REMEMBERED = 'undertone.sharing';
const SEND_MS = 15_000;

class Sharing {
  on = $state(false);
  /** What went wrong last: a trouble of the device, or a code of the appliance. */
  trouble = $state<Trouble | string | undefined>();
  stored = $state(0);
  refused = $state(0);
  waiting = $state(0);
  at_ms = $state<number | undefined>();

  private batch = new Batch();
  private watching: number | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private sending = false;

  /** Goes on after a reload, if it was on. */
  resume(): void {
    if (!this.on && localStorage.getItem(REMEMBERED) === 'on') this.start();
  }

  start(): void {
    if (!possible()) {
      this.trouble = 'insecure';
      return;
    }
    this.on = true;
    this.trouble = undefined;
    localStorage.setItem(REMEMBERED, 'on');
    this.watching = navigator.geolocation.watchPosition(
      (found) => this.take(found),
      (error) => this.fail(troubleOf(error)),
      ASKED,
    );
    this.timer = setInterval(() => void this.send(), SEND_MS);
    document.addEventListener('visibilitychange', this.leave);
  }

  stop(): void {
    this.on = false;
    localStorage.removeItem(REMEMBERED);
    if (this.watching !== undefined) navigator.geolocation.clearWatch(this.watching);
    this.watching = undefined;
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.leave);
    void this.send();
  }

  private readonly leave = (): void => {
    if (document.visibilityState === 'hidden') void this.send();
  };

  private take(found: GeolocationPosition): void {
    const { speed } = found.coords;
    const first = this.at_ms === undefined;
    if (!this.batch.push({ ...positionOf(found), ...(speed === null ? {} : { speed_mps: speed }) })) return;
    this.waiting = this.batch.size;
    // The first one shows at once that it works.
    if (first) void this.send();
  }

  private fail(trouble: Trouble): void {
    this.trouble = trouble;
    // The others pass; a refusal stays until somebody changes it.
    if (trouble === 'denied') this.stop();
  }

  private async send(): Promise<void> {
    const fixes = this.batch.peek();
    if (fixes.length === 0 || this.sending) return;
    this.sending = true;
    const { data, problem } = await report(fixes);
    this.sending = false;
    if (problem !== undefined) {
      this.trouble = problem.code;
      // Not reached: kept, and sent with the next ones.
      if (problem.status >= 400 && problem.status < 500) {
        this.batch.sent(fixes);
        if (this.on) this.stop();
      }
    } else {
      this.batch.sent(fixes);
      this.trouble = undefined;
      this.stored += data.stored;
      this.refused += Object.values(data.refused).reduce((all, count) => all + count, 0) + data.malformed.length;
      this.at_ms = Date.now();
    }
    this.waiting = this.batch.size;
  }
}

export const sharing = new Sharing();
