// What is said right after a visit → an action: the one place that knows where actions are kept.
import { addAction, DONE } from './api/actions';
import type { Problem } from './api/client';
import { daysUntil, endOfDay } from './board';
import { dayAt } from './calendar';

const DAY_MS = 24 * 3600 * 1000;

/** A title of an action has so many characters at most. */
export const TITLE_CHARS_MAX = 120;

export interface FollowUp {
  client: number;
  /** Whom it is about: the client, until somebody says better. */
  whom: string;
  assignee: number;
  /** How it stands; only where something comes next. */
  status: string;
  /** What happened, in a line. */
  note: string;
  /** What comes next; nothing to come is fine. */
  next: string;
  /** A day such as `2026-02-18`. */
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
export async function followUp(wish: FollowUp, now_ms = Date.now()): Promise<Problem | undefined> {
  const { client, whom, assignee } = wish;
  const ahead = wish.next.trim() !== '';
  const { problem } = await addAction({
    client,
    whom,
    assignee,
    title: titleOf(wish),
    topic: '',
    status: ahead ? wish.status : DONE,
    due: ahead ? wish.due : dayAt(now_ms),
  });
  return problem;
}
