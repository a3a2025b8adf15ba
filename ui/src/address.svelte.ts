// What is chosen on a page stands in its address behind a `?`, so that a view can be sent, kept and gone back to.
import { asQuery, queryOf } from './router';

class Address {
  private now = $state.raw(queryOf(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.now = queryOf(location.hash)));
  }

  /** What stands there under a name; `usual` where nothing does. */
  get(name: string, usual = ''): string {
    return this.now[name] ?? usual;
  }

  /** One of a few; the first of them where the address says anything else. */
  one<T extends string>(name: string, known: readonly [T, ...T[]]): T {
    return known.find((value) => value === this.now[name]) ?? known[0];
  }

  /** A whole number within bounds; `usual` where the address says anything else. */
  whole(name: string, usual: number, least: number, most: number): number {
    const value = Number(this.now[name] ?? '');
    return this.now[name] !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : usual;
  }

  /** Takes the place of the address in the history: no page is left. What is empty goes out of it. */
  set(changes: Record<string, string>): void {
    this.now = Object.fromEntries(Object.entries({ ...this.now, ...changes }).filter(([, value]) => value !== ''));
    const path = location.hash.replace(/\?.*$/, '') || '#/';
    history.replaceState(history.state, '', `${path}${asQuery(this.now)}`);
  }

  /** The same choice on another page of the same list. */
  get all(): Record<string, string> {
    return this.now;
  }
}

export const address = new Address();
