// The one conversation that this browser sends: it goes on while the reader looks at other pages.
import { newTicket } from '../api/client';
import type { TicketView } from '../api/views';
import { Microphone, type Processing, type Setup } from './microphone';
import { type Status, Uplink } from './uplink';

/** What keeps the microphone from being heard. */
export type Silence = 'none' | 'unplugged' | 'asleep';

const REOPEN_MS = 2000;

const REMEMBERED = 'undertone.setup';

class Capture {
  callId = $state('');
  status = $state.raw<Status>({ phase: 'over', reason: '', dropped_ms: 0 });
  silence = $state<Silence>('none');
  processing = $state.raw<Processing[]>([]);
  private microphone: Microphone | undefined;
  private uplink: Uplink | undefined;
  private rate = 0;
  private reopening: ReturnType<typeof setTimeout> | undefined;

  /** Sends `microphone` as the sound of this call from now on. */
  begin(callId: string, microphone: Microphone, ticket?: TicketView): void {
    this.uplink?.abort();
    this.callId = callId;
    sessionStorage.setItem(REMEMBERED, JSON.stringify({ callId, setup: microphone.setup }));
    const uplink = new Uplink(
      { rate: microphone.rate, channels: microphone.channels },
      {
        open: (url) => new WebSocket(url),
        ticket: () => newTicket(callId),
        changed: (status) => {
          this.status = status;
          if (status.phase === 'over') this.letGo();
        },
      },
    );
    this.uplink = uplink;
    this.hold(microphone);
    void uplink.begin(ticket);
  }

  /** On one microphone: whoever speaks next is the rep, or the rep is the other voice. */
  say(type: 'this_is_me' | 'swap'): void {
    this.uplink?.say(type);
  }

  async finish(): Promise<void> {
    await this.uplink?.finish();
  }

  /** Nothing of this call is heard any more, at once. */
  end(callId: string): void {
    if (this.callId === callId) this.uplink?.abort();
  }

  sends(callId: string): boolean {
    return this.callId === callId && this.status.phase !== 'over';
  }

  holds(microphone: Microphone): boolean {
    return this.microphone === microphone;
  }

  private hold(microphone: Microphone): void {
    this.microphone = microphone;
    this.rate = microphone.rate;
    this.silence = 'none';
    this.processing = microphone.processing();
    microphone.onpiece = ({ pcm }) => {
      if (pcm !== undefined) this.uplink?.push(pcm);
    };
    microphone.onended = () => this.reopen(microphone.setup);
    microphone.onsleep = () => {
      this.silence = microphone.asleep ? 'asleep' : 'none';
    };
    microphone.sendSound();
    document.addEventListener('visibilitychange', this.wake);
  }

  private readonly wake = (): void => {
    if (document.visibilityState === 'visible') this.microphone?.wake();
  };

  private reopen(setup: Setup): void {
    this.microphone?.close();
    this.microphone = undefined;
    this.silence = 'unplugged';
    this.reopening = setTimeout(async () => {
      const microphone = await Microphone.open(setup).catch(() => undefined);
      if (this.status.phase === 'over') microphone?.close();
      else if (microphone === undefined) this.reopen(setup);
      else if (microphone.rate !== this.rate) this.begin(this.callId, microphone);
      else this.hold(microphone);
    }, REOPEN_MS);
  }

  private letGo(): void {
    clearTimeout(this.reopening);
    document.removeEventListener('visibilitychange', this.wake);
    this.microphone?.close();
    this.microphone = undefined;
    this.silence = 'none';
  }
}

export const capture = new Capture();

/** How this browser's microphones were set up for a call, so that a reloaded page can go on. */
export function rememberedSetup(callId: string): Setup | undefined {
  const text = sessionStorage.getItem(REMEMBERED);
  if (text === null) return undefined;
  const remembered = JSON.parse(text) as { callId: string; setup: Setup };
  return remembered.callId === callId ? remembered.setup : undefined;
}
