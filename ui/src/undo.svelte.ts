// What was just done, and how to take it back: for ten seconds, instead of a question beforehand.

const FOR_MS = 10_000;

export interface Offer {
  text: string;
  /** Takes it back; nothing to take back when it is left out. */
  back?: (() => void) | undefined;
}

class Undo {
  now = $state.raw<Offer | undefined>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  offer(text: string, back?: () => void): void {
    this.now = { text, back };
    this.go();
  }

  take(): void {
    const back = this.now?.back;
    this.close();
    back?.();
  }

  /** It stays while somebody points at it. */
  hold(): void {
    clearTimeout(this.timer);
  }

  go(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), FOR_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.now = undefined;
  }
}

export const undo = new Undo();
