// Kept calls as a table: what stands in a column, and what comes first.
import type { CallView } from './api/views';

export const COLUMNS = ['when', 'client', 'owner', 'outcome', 'length', 'share', 'latency'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  by: Column;
  down: boolean;
}

/** The newest first. */
export const NEWEST: Order = { by: 'when', down: true };

const side = (call: CallView, channel: string) => call.summary?.sides.find((one) => one.channel === channel);

/** The rep's share of all speech, 0..1. */
export const shareOf = (call: CallView): number | undefined => side(call, 'rep')?.talk_share.value ?? undefined;

/** After how many seconds the client answers; negative: before the rep ends. */
export const latencyOf = (call: CallView): number | undefined => side(call, 'client')?.response_latency_s.value ?? undefined;

/** A column that is touched again turns round; figures and days begin with the largest, names with the first. */
export function reordered(now: Order, by: Column): Order {
  if (now.by === by) return { by, down: !now.down };
  return { by, down: !['client', 'owner', 'outcome'].includes(by) };
}

/** What is unknown comes last, whichever way. */
export function sorted(calls: CallView[], { by, down }: Order, locale: string, words: (call: CallView, by: 'owner' | 'outcome') => string | undefined): CallView[] {
  const value = (call: CallView): number | string | undefined => {
    if (by === 'when') return call.created_ms;
    if (by === 'client') return call.client_name ?? undefined;
    if (by === 'length') return call.state === 'withdrawn' ? undefined : call.elapsed_ms;
    if (by === 'share') return shareOf(call);
    if (by === 'latency') return latencyOf(call);
    return words(call, by);
  };
  const names = new Intl.Collator(locale);
  const compare = (one: number | string, other: number | string) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : names.compare(String(one), String(other));
  return [...calls].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined) || other.created_ms - one.created_ms;
    return (down ? -1 : 1) * compare(a, b) || other.created_ms - one.created_ms;
  });
}
