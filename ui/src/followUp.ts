// What is said right after a visit → an action: the one place that knows where actions are kept.
import { addAction, setDone } from './api/board';
import type { Problem } from './api/client';
import { daysUntil, endOfDay } from './board';
import { dayAt } from './calendar';

const DAY_MS = 24 * 3600 * 1000;

/** A title of an action has so many characters at most. */
export const TITLE_CHARS_MAX = 120;

export interface FollowUp {
  client: number;
  assignee: number;
  /** What happened, in a line. */
  note: string;
  /** What comes next; nothing to come is fine. */
  next: string;
  /** A day such as `2026-02-18`; empty: open. */
  due: string;
}

/** The next step with what it comes from; what only happened stands alone. */
export function titleOf({ note, next }: Pick<FollowUp, 'note' | 'next'>): string {
  const [said, then] = [note.trim(), next.trim()];
  if (then === '') return said;
  return said === '' ? then : `${then}（${said}）`;
}

/** Days that are meant most, by how far away they are. */
export const SOON = { today: 0, tomorrow: 1, week: 7 } as const;
export type Soon = keyof typeof SOON;

export const dayOfSoon = (soon: Soon, now_ms: number): string => dayAt(now_ms + SOON[soon] * DAY_MS);

/** Which of them a day is, if any. */
export const soonOf = (day: string, now_ms: number): Soon | undefined => {
  const end_ms = endOfDay(day);
  const days = end_ms === undefined ? undefined : daysUntil(end_ms, now_ms);
  return (Object.keys(SOON) as Soon[]).find((soon) => SOON[soon] === days);
};

/** Keeps it; what has no next step is done already. Answers what went wrong. */
export async function followUp(wish: FollowUp): Promise<Problem | undefined> {
  const due_ms = wish.next.trim() === '' ? undefined : endOfDay(wish.due);
  const { data, problem } = await addAction({
    client: wish.client,
    title: titleOf(wish),
    assignee: wish.assignee,
    ...(due_ms === undefined ? {} : { due_ms }),
  });
  if (problem !== undefined || wish.next.trim() !== '') return problem;
  return (await setDone(data.id, data.version, true)).problem;
}
