// The blocks of a form: as it says, or every field that may be filled in, the required ones first.
import { type Block, type Field, fieldOf, type Form, isFillable, type Table } from './shapes';

export const fieldIn = (block: Block): string | undefined =>
  'field' in block ? block.field : 'photo' in block ? block.photo : 'dictation' in block ? block.dictation : undefined;

/** What is required and stands in no block comes first: nothing can be sent without it. */
export function blocksOf(table: Table, form: Form | undefined): Block[] {
  const fillable = table.fields.filter((field) => isFillable(field) && field.hidden !== true && field.key !== 'owner');
  if (form === undefined) {
    const needed = (field: Field) => field.required === true;
    return [...fillable.filter(needed), ...fillable.filter((field) => !needed(field))].map(({ key }) => ({ field: key }));
  }
  const there = new Set(form.blocks.map(fieldIn));
  const forgotten = fillable.filter(({ key, required }) => required === true && !there.has(key));
  const known = form.blocks.filter((block) => {
    const key = fieldIn(block);
    const field = key === undefined ? undefined : fieldOf(table, key);
    return key === undefined || (field !== undefined && isFillable(field));
  });
  return [...forgotten.map(({ key }) => ({ field: key })), ...known];
}

/** Fields of a record in the order of its form; those that no form has come behind. */
export function fieldsInOrder(table: Table): Field[] {
  const order = blocksOf(table, table.forms[0]).flatMap((block) => fieldIn(block) ?? []);
  const place = (field: Field) => (order.includes(field.key) ? order.indexOf(field.key) : order.length);
  return table.fields.filter((field) => field.hidden !== true).sort((one, other) => place(one) - place(other));
}
