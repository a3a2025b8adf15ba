// Who is here and what they may do. Read at the start; the appliance has the last word on everything.
import { caller, type Problem, readSession, signOut } from './api/client';
import type { SessionView } from './api/views';
import { reads } from './outbox/answers';
import { zone } from './zone.svelte';

/** What can be done, in the appliance's words. */
export type Deed =
  | 'sign in'
  | 'hold calls'
  | 'read calls'
  | 'withdraw calls'
  | 'read clients'
  | 'change clients'
  | 'import clients'
  | 'import records'
  | 'read accounts'
  | 'change accounts'
  | 'hand out or erase data'
  | 'read notice texts'
  | 'change notice texts'
  | 'read settings'
  | 'read the board'
  | 'read studies'
  | 'run studies'
  | 'switch rules'
  | 'change settings'
  | 'manage webhooks'
  | 'read the audit log'
  | 'read the trust page'
  | 'report positions'
  | 'read visits'
  | 'read records'
  | 'change records'
  | 'use the inputs';

export type Role = 'rep' | 'manager' | 'admin' | 'assistant' | 'stock' | 'logistics' | 'finance' | 'device' | 'local' | 'nobody';

/** Where one was before signing in; outlives a reload of the sign-in page. */
const BACK = 'undertone.back';

class Session {
  now = $state.raw<SessionView | undefined>();
  /** The session ended while somebody was at work: they sign in over their page, which stays as it is. */
  lost = $state(false);
  private waiting: ((worth: boolean) => void)[] = [];

  constructor() {
    caller.again = (code) => this.again(code);
  }

  /** Has an account and is signed in. */
  get person() {
    return this.now?.person ?? undefined;
  }

  /** Must sign in before anything else. */
  get out(): boolean {
    return this.now?.role === 'nobody';
  }

  /** This machine's own user, while nobody has an account. */
  get local(): boolean {
    return this.now?.role === 'local';
  }

  may(deed: Deed): boolean {
    return this.now?.may.some((one) => one.deed === deed) ?? false;
  }

  /** How far somebody reaches: the own records, those of the team, or all. */
  reach(deed: Deed): 'own' | 'team' | 'all' | undefined {
    return this.now?.may.find((one) => one.deed === deed)?.reach as 'own' | 'team' | 'all' | undefined;
  }

  /** Both are needed to hold one here. */
  get calls(): boolean {
    return this.now === undefined || (this.may('hold calls') && this.may('read calls'));
  }

  /** Settled once it was asked who is here, whatever the answer. */
  known: Promise<void> = Promise.resolve();

  read(): Promise<void> {
    this.known = readSession().then(({ data }) => {
      if (data !== undefined) this.take(data);
    });
    return this.known;
  }

  /** Somebody is here now; requests that waited for that go on, if it is who they were. */
  take(view: SessionView): void {
    const same = this.person?.id === view.person?.id;
    this.now = view;
    zone.take(view.time_zone);
    caller.csrf = view.csrf ?? '';
    caller.person = view.person?.id;
    void reads(view.person?.id, view);
    if (this.out) return;
    this.lost = false;
    this.settle(same);
  }

  /** Back to the sign-in page instead. */
  giveUp(): void {
    this.lost = false;
    if (this.now !== undefined) this.now = { ...this.now, role: 'nobody', person: null, csrf: null, may: [] };
    caller.csrf = '';
    caller.person = undefined;
    void reads(undefined, undefined);
    this.settle(false);
  }

  /** Answers why it did not work. */
  async end(): Promise<Problem | undefined> {
    const { problem } = await signOut();
    // Whoever is not known any more is out as well.
    if (problem !== undefined && problem.status !== 401) return problem;
    this.giveUp();
    return undefined;
  }

  private async again(code: string): Promise<boolean> {
    if (code === 'no_csrf_token') {
      // Signed in anew in another window; the same person goes on.
      const person = this.person?.id;
      await this.read();
      return this.person !== undefined && this.person.id === person;
    }
    // Nobody was here: the page itself leads to the sign-in page.
    if (this.person === undefined) {
      await this.read();
      return false;
    }
    this.lost = true;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private settle(worth: boolean): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const go of waiting) go(worth);
  }

  remember(hash: string): void {
    sessionStorage.setItem(BACK, hash);
  }

  /** Where one was, once. */
  back(): string {
    const hash = sessionStorage.getItem(BACK) ?? '#/';
    sessionStorage.removeItem(BACK);
    return hash;
  }
}

export const session = new Session();
