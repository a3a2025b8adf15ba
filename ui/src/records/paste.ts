// Names on the clipboard → the people and records of those names. One that several have is none.
import { listRecords } from './api';
import type { Block } from './grid';
import type { Names } from './names.svelte';
import { type Field, isMany, titleOf, type Value } from './shapes';

type Find = (field: Field, text: string) => { value: Value } | undefined;

const SOME = 5;
const name = (text: string): string => text.normalize('NFKC').trim();

export async function resolved(cells: string[][], block: Block, fields: Field[], names: Names): Promise<Find> {
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
