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
