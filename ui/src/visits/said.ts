// What the appliance knows of a visit, in words.
import type { Problem } from '../api/client';
import type { Best, Site, Visit } from '../api/visits';
import { decimal } from '../format';
import { sentence } from '../problems';
import { v, vknown } from '../words/visits.svelte';
import { endOf } from './timeline';
import { hour, minutes } from './times';

/** Ours where we have it, else the appliance's. */
export function why(problem: Problem): string {
  const key = vknown(`problem.${problem.code}`);
  return key === undefined ? sentence(problem) : v(key);
}

/** What stopped the reports: a trouble of the device or a code of the appliance. What could not be sent waits, unlike a check-in. */
export const troubled = (code: string): string =>
  v(code === 'unreachable' ? 'sharing.unreachable' : (vknown(`trouble.${code}`) ?? vknown(`problem.${code}`) ?? 'trouble.other'));

/** Which floor and rooms. */
export function rooms({ floor, suite }: Pick<Best | Visit | Site, 'floor' | 'suite'>): string {
  return [floor && v('floor', { n: floor }), suite].filter(Boolean).join(' · ');
}

/** Where at the client's. */
export function place(one: Pick<Best, 'client_name' | 'site_name' | 'floor' | 'suite'>): string {
  const site = one.site_name === one.client_name ? '' : one.site_name;
  return [site, rooms(one)].filter(Boolean).join(' · ');
}

/** From when until when. */
export function times({ arrive_ms, leave_ms, going_on }: Visit): string {
  const from = hour(arrive_ms);
  return going_on ? v('times.since', { from }) : v('times', { from, until: hour(leave_ms) });
}

/** The same, and how long that is. */
export function span(visit: Visit, now_ms: number): string {
  return `${times(visit)} · ${lasted(visit.arrive_ms, endOf(visit, now_ms))}`;
}

export function lasted(from_ms: number, until_ms: number): string {
  const whole = minutes(from_ms, until_ms);
  if (whole < 60) return v('minutes', { n: decimal(whole, 0) });
  return v('hours', { h: decimal(Math.floor(whole / 60), 0), n: decimal(whole % 60, 0) });
}

const KMH = 3.6;

/** Faster than anything on the road or on rails. */
const FAST_MPS = 70;

/** What speaks against a visit, one sentence each. */
export function evidence({ evidence }: Visit): string[] {
  if (evidence == null) return [];
  const { simulated, repeated, came_mps, left_mps, distance_m } = evidence;
  const said: string[] = [];
  if (simulated > 0) said.push(v('evidence.simulated', { n: decimal(simulated, 0) }));
  if (repeated > 0) said.push(v('evidence.repeated', { n: decimal(repeated, 0) }));
  if ((came_mps ?? 0) > FAST_MPS) said.push(v('evidence.came', { n: decimal((came_mps ?? 0) * KMH, 0) }));
  if ((left_mps ?? 0) > FAST_MPS) said.push(v('evidence.left', { n: decimal((left_mps ?? 0) * KMH, 0) }));
  if (distance_m != null) said.push(v('evidence.distance', { n: decimal(distance_m, 0) }));
  return said;
}
