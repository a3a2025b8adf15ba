// Names on the clipboard → the people and records of those names. One that several have is none.
import { listRecords } from './api';
import type { Edits } from './edits.svelte';
import { type Block, pasted } from './grid';
import type { Names } from './names.svelte';
import { cellsOf, readText } from './read';
import type { Rows } from './rows.svelte';
import { type Field, isMany, isWritable, type Row, type Table, titleOf, type Value } from './shapes';
import { r } from '../words/records.svelte';
import { tables } from './tables.svelte';

type Find = (field: Field, text: string) => { value: Value } | undefined;

const SOME = 5;
const name = (text: string): string => text.normalize('NFKC').trim();

async function resolved(cells: string[][], block: Block, fields: Field[], names: Names): Promise<Find> {
  const found = new Map<string, number>();
  const lines = cells.length === 1 ? [cells[0] ?? []] : cells;
  for (const [along, field] of fields.slice(block.left).entries()) {
    const table = field.kind === 'link' && !isMany(field) ? names.table(field.to ?? '') : undefined;
    const title = table && titleOf(table);
    if (table === undefined || title === undefined) continue;
    const wanted = new Set(lines.map((line) => name(line[line.length === 1 ? 0 : along] ?? '')).filter(Boolean));
    for (const text of along < Math.max(...lines.map((line) => line.length)) || along === 0 ? wanted : []) {
      const { data } = await listRecords(table.key, { q: text, limit: SOME });
      const same = (data?.items ?? []).filter((row) => name(String(row.values[title.key] ?? '')) === text);
      if (same.length === 1 && same[0] !== undefined) found.set(`${table.key} ${text}`, same[0].id);
      names.learn(table, data?.items ?? []);
    }
  }
  return (field, text) => {
    if (field.kind === 'person') {
      const same = names.people.filter((person) => name(person.name) === name(text));
      return same.length === 1 ? { value: same[0]?.id ?? null } : undefined;
    }
    const id = found.get(`${field.to ?? ''} ${name(text)}`);
    return id === undefined ? undefined : { value: id };
  };
}

/** What lies on the clipboard into the cells that are marked; what fits no field is marked there, and all of it is one undo. */
export async function pasteInto(text: string, where: Block, items: Row[], to: { table: Table; fields: Field[]; rows: Rows; edits: Edits }): Promise<void> {
  const { table, fields, rows, edits } = to;
  const cells = cellsOf(text);
  const named = await resolved(cells, where, fields, tables.names);
  const read = (field: Field, text: string) => {
    if (field.kind === 'link' || field.kind === 'person') return text.trim() === '' ? { value: null } : named(field, text);
    const found = readText(field, text, Date.now());
    return 'value' in found ? found : undefined;
  };
  const found = pasted(cells, where, items, fields, (field) => isWritable(table, field), read);
  const creates = rows.more || !table.access.create ? [] : found.creates;
  await edits.paste(found.changes, creates);
  for (const { row, column, text } of found.wrong) {
    const [item, field] = [items[row], fields[column]];
    if (item !== undefined && field !== undefined) edits.faults.set(`${item.id} ${field.key}`, r('paste.bad', { text }));
  }
  if (found.wrong.length > 0) edits.problem = r('paste.wrong', { n: found.wrong.length });
}
