// Somebody changed a record while it was being edited here: what they did and what was typed, put together.

export interface Rebased<T> {
  /** What was typed stays; what was not touched is as it is now. */
  draft: T;
  /** Fields that both changed, each to something else: the reader decides. */
  both: (keyof T)[];
}

/** Lists are the same when they say the same. */
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function rebase<T extends object>(seen: T, draft: T, now: T): Rebased<T> {
  const fields = Object.keys(now) as (keyof T)[];
  const rebased = { ...now };
  const both: (keyof T)[] = [];
  for (const field of fields) {
    if (same(draft[field], seen[field])) continue;
    rebased[field] = draft[field];
    if (!same(now[field], seen[field]) && !same(now[field], draft[field])) both.push(field);
  }
  return { draft: rebased, both };
}

/** The fields of a draft that differ from what was seen: what is sent. */
export function changed<T extends object>(seen: T, draft: T): Partial<T> {
  const fields = Object.keys(draft) as (keyof T)[];
  return Object.fromEntries(fields.filter((field) => !same(draft[field], seen[field])).map((field) => [field, draft[field]])) as Partial<T>;
}
