/** Only the answer to what was asked last counts: what was asked before it may come after it, or when the page has gone. */
export class Latest {
  private asked = 0;

  /** Asks anew; the function tells whether this is still the last thing asked. */
  begin(): () => boolean {
    const mine = ++this.asked;
    return () => mine === this.asked;
  }

  /** Nothing that was asked counts any more. */
  end(): void {
    this.asked += 1;
  }
}

/**
 * Reads one at a time: what is told while a reading is under way is in the next one, and no older answer comes after a
 * newer one. The promise is kept when a reading has ended that began after it was asked for.
 */
export function inTurn(read: () => Promise<void>): () => Promise<void> {
  let going: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    next = undefined;
    going = read().finally(() => {
      going = next;
    });
    return going;
  };
  return () => (going === undefined ? begin() : (next ??= going.then(begin, begin)));
}
