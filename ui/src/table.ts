// A CSV table as it is looked at before it goes out: its rows with the lines on which they begin.

export interface Row {
  /** As the appliance counts: where the row before it ended, from 1. */
  line: number;
  cells: string[];
  /** The row as it stands in the file. */
  raw: string;
}

export interface Table {
  head: string[];
  rows: Row[];
  /** The first line as it stands in the file. */
  raw: string;
}

/** UTF-8 with or without a mark, or what older Chinese spreadsheets write; none when it is neither. */
export function decode(bytes: Uint8Array): string | undefined {
  for (const label of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes);
    } catch {
      // Perhaps the other.
    }
  }
  return undefined;
}

/** Rows by the rules of RFC 4180; empty ones are left out. */
export function parse(text: string): Table {
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let began = 0;
  let beganLine = 1;

  const finish = (end: number): void => {
    cells.push(cell);
    const raw = text.slice(began, end);
    if (raw.trim() !== '') rows.push({ line: beganLine, cells, raw });
    cells = [];
    cell = '';
  };

  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\n') line += 1;
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else quoted = false;
    } else if (char === '"' && cell === '') {
      quoted = true;
    } else if (char === ',') {
      cells.push(cell);
      cell = '';
    } else if (char === '\n' || char === '\r') {
      finish(at);
      if (char === '\r' && text[at + 1] === '\n') at += 1;
      if (text[at] === '\n') line += 1;
      began = at + 1;
      beganLine = line;
    } else {
      cell += char;
    }
  }
  finish(text.length);
  const [head, ...rest] = rows;
  return { head: (head?.cells ?? []).map((name) => name.trim()), rows: rest, raw: head?.raw ?? '' };
}

const NAMES = ['name', '名称'];

/** The cell that names a row. */
export function nameOf(table: Table, row: Row): string {
  const at = table.head.findIndex((name) => NAMES.includes(name.toLowerCase()));
  return (row.cells[at] ?? '').trim();
}

/** The rows that were not taken as a table of their own, to be mended and sent again. */
export function onlyLines(table: Table, lines: Set<number>): string {
  const rows = table.rows.filter((row) => lines.has(row.line)).map((row) => row.raw);
  return `\ufeff${[table.raw, ...rows].join('\r\n')}\r\n`;
}
