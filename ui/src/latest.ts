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
