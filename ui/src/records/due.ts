// What is to be done and by when: read of the tables as they are, whatever they are called.
import { type Field, isClosed, isEmpty, isFillable, type Option, type Row, type Table, titleOf } from './shapes';

/** Until when something is to be done. */
export const dueOf = (table: Table): Field | undefined => table.fields.find(({ kind }) => kind === 'deadline');

/** What is to be done: the next step where there is one, else the title. */
export const nextOf = (table: Table): Field | undefined => table.fields.find(({ key, kind }) => key === 'next' && kind === 'text') ?? titleOf(table);

/** Which value of which field says that it is done, for who may set it. */
export function doneBy(table: Table): { field: Field; option: Option } | undefined {
  if (table.access.change === 'nothing') return undefined;
  for (const field of table.fields) {
    if (field.kind !== 'choice' || !isFillable(field)) continue;
    const option = field.options?.find(({ dims, retired }) => dims?.['closed'] === 'yes' && retired !== true);
    if (option !== undefined) return { field, option };
  }
  return undefined;
}

export const isOpen = (table: Table, row: Row): boolean => {
  const due = dueOf(table);
  return due !== undefined && !isEmpty(row.values[due.key]) && !isClosed(table, row);
};

/** The instant until which a deadline runs: the end of a day. */
export function endOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return Number.POSITIVE_INFINITY;
  const [year = 0, month = 1, day = 1] = value.split('-').map(Number);
  return new Date(year, month - 1, day + 1).getTime();
}
