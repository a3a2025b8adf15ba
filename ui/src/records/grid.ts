// Cells of a table as a spreadsheet has them: where one is, what is marked, what a paste puts where.
import type { Change } from './edits.svelte';
import type { Field, Row, Value, Values } from './shapes';

export interface Cell {
  row: number;
  column: number;
}

export interface Block {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export const blockOf = (one: Cell, other: Cell): Block => ({
  top: Math.min(one.row, other.row),
  bottom: Math.max(one.row, other.row),
  left: Math.min(one.column, other.column),
  right: Math.max(one.column, other.column),
});

export const isInside = ({ top, bottom, left, right }: Block, row: number, column: number): boolean =>
  row >= top && row <= bottom && column >= left && column <= right;

const within = (value: number, most: number): number => Math.max(0, Math.min(most, value));

/** Where a key leads from a cell; nothing for keys that lead nowhere. */
export function step(from: Cell, key: string, far: boolean, rows: number, columns: number, page: number): Cell | undefined {
  const [last, edge] = [rows - 1, columns - 1];
  const to = (row: number, column: number): Cell => ({ row: within(row, last), column: within(column, edge) });
  switch (key) {
    case 'ArrowUp':
      return to(far ? 0 : from.row - 1, from.column);
    case 'ArrowDown':
      return to(far ? last : from.row + 1, from.column);
    case 'ArrowLeft':
      return to(from.row, far ? 0 : from.column - 1);
    case 'ArrowRight':
      return to(from.row, far ? edge : from.column + 1);
    case 'Home':
      return to(far ? 0 : from.row, 0);
    case 'End':
      return to(far ? last : from.row, edge);
    case 'PageUp':
      return to(from.row - page, from.column);
    case 'PageDown':
      return to(from.row + page, from.column);
    default:
      return undefined;
  }
}

/** Keys in their order, one of them moved to before the `before`th of those that were there. */
export function placed(keys: string[], key: string, before: number): string[] {
  const rest = keys.filter((one) => one !== key);
  const at = before - (keys.indexOf(key) < before ? 1 : 0);
  return [...rest.slice(0, at), key, ...rest.slice(at)];
}

export interface Pasted {
  changes: Change[];
  /** Lines behind the last row: new records. */
  creates: Values[];
  /** Cells whose text is no value of their field. */
  wrong: { row: number; column: number; text: string }[];
}

/**
 * What a paste puts where. One cell fills everything that is marked; a block begins at its first cell. `read` answers
 * nothing where a text is no value of a field; what may not be written is passed over.
 */
export function pasted(
  cells: string[][],
  block: Block,
  rows: Row[],
  fields: Field[],
  isWritable: (field: Field) => boolean,
  read: (field: Field, text: string) => { value: Value } | undefined,
): Pasted {
  const found: Pasted = { changes: [], creates: [], wrong: [] };
  const height = Math.max(cells.length, cells.length === 1 ? block.bottom - block.top + 1 : 0);
  for (let down = 0; down < height; down += 1) {
    const line = cells[down % cells.length] ?? [];
    const width = Math.max(line.length, line.length === 1 ? block.right - block.left + 1 : 0);
    const values: Values = {};
    for (let along = 0; along < width; along += 1) {
      const field = fields[block.left + along];
      if (field === undefined || !isWritable(field)) continue;
      const text = line[along % line.length] ?? '';
      const value = read(field, text);
      if (value === undefined) found.wrong.push({ row: block.top + down, column: block.left + along, text });
      else values[field.key] = value.value;
    }
    if (Object.keys(values).length === 0) continue;
    const row = rows[block.top + down];
    if (row === undefined) found.creates.push(values);
    else found.changes.push({ id: row.id, values });
  }
  return found;
}
