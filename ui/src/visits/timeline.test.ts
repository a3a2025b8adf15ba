import { describe, expect, it } from 'vitest';

import type { Visit } from '../api/visits';
import { dayLines } from './timeline';

const HOUR = 3600_000;

const visit = (person: number, from: number, until: number | null): Visit =>
  ({ id: from, person, person_name: `P${person}`, arrive_ms: from * HOUR, leave_ms: (until ?? from) * HOUR, going_on: until === null }) as Visit;

describe('the lines of a day', () => {
  it('show a working day even when little happened', () => {
    const { hours, lines } = dayLines([visit(1, 10, 11)], 0, 0);
    expect([hours.at(0)?.at_ms, hours.at(-1)?.at_ms]).toEqual([8 * HOUR, 19 * HOUR]);
    expect(lines[0]?.bars[0]?.left).toBeCloseTo(2 / 11);
    expect(lines[0]?.bars[0]?.width).toBeCloseTo(1 / 11);
  });

  it('are one for each person', () => {
    const { lines } = dayLines([visit(2, 9, 10), visit(1, 9, 10), visit(2, 11, 12)], 0, 0);
    expect(lines.map(({ name, bars }) => [name, bars.length])).toEqual([['P1', 1], ['P2', 2]]);
  });

  it('let a visit that goes on last until now', () => {
    const [line] = dayLines([visit(1, 18, null)], 0, 21.5 * HOUR).lines;
    expect(line?.bars[0]?.width).toBeCloseTo(3.5 / 14);
  });

  it('cut what lies over midnight at midnight', () => {
    const { hours, lines } = dayLines([visit(1, 22, 26), visit(1, -1, 1)], 0, 0);
    expect(hours.at(-1)?.at_ms).toBe(24 * HOUR);
    expect(lines[0]?.bars.map(({ left, width }) => left + width)).toEqual([1, 1 / 24]);
  });
});
