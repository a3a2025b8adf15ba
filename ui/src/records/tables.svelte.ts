// The tables that the reader reaches, read once and shared by the pages.
import type { Problem } from '../api/client';
import { listTables } from './api';
import { Names } from './names.svelte';
import type { Table } from './shapes';

class Tables {
  all = $state.raw<Table[] | undefined>();
  /** How large a file may be that is imported; the appliance says it. */
  import_bytes_max = $state(0);
  problem = $state.raw<Problem | undefined>();
  names = $state.raw(new Names([]));
  /** Whose they are: somebody else reaches others. */
  private whose: number | undefined;

  /** Those that were read before, or read now. */
  async read(person: number | undefined, anew = false): Promise<void> {
    if (!anew && this.all !== undefined && this.whose === person) return;
    const { data, problem } = await listTables();
    this.problem = problem;
    if (data === undefined) return;
    this.whose = person;
    this.names = new Names(data.tables);
    this.all = data.tables;
    this.import_bytes_max = data.import_bytes_max;
  }

  get(key: string): Table | undefined {
    return this.all?.find((table) => table.key === key);
  }
}

export const tables = new Tables();
