// Rows that an import did not take, as a table that is mended where it stands.
import { parse } from '../table';
import type { CellFault } from './api';

export interface BadRow {
  /** Of the file, from 1. */
  line: number;
  /** As they are now: mended ones differ from what was sent. */
  cells: string[];
  /** By column; `''` is the row as a whole. */
  faults: Record<string, string>;
}

export interface BadRows {
  columns: string[];
  rows: BadRow[];
  /** The last column says why; it is no field. */
  why: string;
}

/** `csv`: the file of bad rows; its rows are those that the faults tell of, in their order. */
export function badRows(csv: string, faults: CellFault[]): BadRows {
  const table = parse(csv.replace(/^\ufeff/, ''));
  const columns = table.head.slice(0, -1);
  const lines = [...new Set(faults.map(({ line }) => line))];
  const rows = table.rows.map(({ cells }, index): BadRow => {
    const line = lines[index] ?? 0;
    const own = faults.filter((fault) => fault.line === line);
    const whole = own.length === 0 ? { '': cells.at(-1) ?? '' } : {};
    return { line, cells: columns.map((_, at) => cells[at] ?? ''), faults: { ...whole, ...Object.fromEntries(own.map(({ column, message }) => [column ?? '', message])) } };
  });
  return { columns, rows, why: table.head.at(-1) ?? '' };
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** The same rows as they are now, as a file of their own. */
export const mendedCsv = ({ columns, rows }: BadRows): string =>
  `\ufeff${[columns, ...rows.map(({ cells }) => cells)].map((cells) => cells.map(quoted).join(',')).join('\r\n')}\r\n`;
