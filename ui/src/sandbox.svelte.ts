// The walls around the ear, read now and then: every page says it when they have gaps.
import { readSandbox } from './api/client';
import type { SandboxView } from './api/views';

const EVERY_MS = 20_000;

class Sandbox {
  now = $state.raw<SandboxView | undefined>();

  async read(): Promise<void> {
    const { data } = await readSandbox();
    if (data !== undefined) this.now = data;
  }

  watch(): () => void {
    void this.read();
    const timer = setInterval(() => void this.read(), EVERY_MS);
    return () => clearInterval(timer);
  }
}

export const sandbox = new Sandbox();
