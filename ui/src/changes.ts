// A record before and after → its fields that differ, as they are read.

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

type Record = { [field: string]: unknown };

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Without a record before, or after, all fields that say something. */
export function changes(before: Record | null | undefined, after: Record | null | undefined): Change[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }))
    .filter((change) => !same(change.before, change.after));
}
