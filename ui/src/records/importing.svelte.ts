// An import on its way: answered at once when it is small; followed, stopped and taken back when it is not.
import type { Answer } from '../api/client';
import { importFile, type Imported, type Job, readImport, stopImport, type Undone, undoImport } from './api';

/** As often as a figure that moves is read. */
const EVERY_MS = 700;

export const isJob = (found: object): found is Job => 'state' in found;

/** Rows that were looked at, whatever came of them; records, while it is taken back. */
export const lookedAt = ({ state, created, changed, unchanged, rejected, deleted, restored, kept }: Job): { n: number; of: number } =>
  state === 'taking_back' ? { n: deleted + restored + kept, of: created + changed } : { n: created + changed + unchanged + rejected, of: 0 };

export class Importing {
  /** What goes on now. */
  job = $state.raw<Job | undefined>();
  stopping = $state(false);
  private gone = false;

  constructor(private readonly table: string) {}

  /** `stopped`: somebody stopped it, and what it did was taken back. */
  async take(bytes: Uint8Array<ArrayBuffer>, asked: { key: string; mapping: Record<string, string | null> }): Promise<Answer<Imported> | 'stopped'> {
    const { data, problem } = await importFile(this.table, bytes, { dry_run: false, ...asked });
    if (data === undefined) return { problem };
    if (!isJob(data)) return { data };
    const ended = await this.follow(data);
    if (ended.data === undefined) return { problem: ended.problem };
    const { state, result, problem: why } = ended.data;
    if (state === 'cancelled' || state === 'undone') return 'stopped';
    return result ? { data: result } : { problem: { code: state, detail: why ?? '', status: 0 } };
  }

  async stop(): Promise<void> {
    if (this.job === undefined) return;
    this.stopping = true;
    const { problem } = await stopImport(this.table, this.job.import);
    if (problem !== undefined) this.stopping = false;
  }

  /** Newest first: what was made by the first may have been changed by the next. */
  async undo(numbers: number[]): Promise<Answer<Undone>> {
    const sum: Undone = { deleted: 0, restored: 0, kept: 0 };
    for (const number of [...numbers].reverse()) {
      const { data, problem } = await undoImport(this.table, number);
      if (data === undefined) return { problem };
      const ended = isJob(data) ? await this.follow(data) : { data };
      if (ended.data === undefined) return { problem: ended.problem };
      const { deleted, restored, kept } = ended.data;
      sum.deleted += deleted;
      sum.restored += restored;
      sum.kept += typeof kept === 'number' ? kept : kept.length;
    }
    return { data: sum };
  }

  /** The page was left: it goes on by itself. */
  end(): void {
    this.gone = true;
  }

  private async follow(begun: Job): Promise<Answer<Job>> {
    let job = begun;
    while ((job.state === 'going_on' || job.state === 'taking_back') && !this.gone) {
      this.job = job;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      const { data, problem } = await readImport(this.table, job.import);
      // The line is gone for a moment: the import is not.
      if (data === undefined && problem.status === 0) continue;
      if (data === undefined) return { problem };
      job = data;
    }
    this.job = undefined;
    this.stopping = false;
    return { data: job };
  }
}
