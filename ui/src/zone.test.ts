import { afterEach, describe, expect, test } from 'vitest';
import { daysBetween, instantOf, localOf, midnightOf, minuteOfDay, written, zone } from './zone.svelte';

const at = (text: string) => Date.parse(text);

describe('the clock of the organisation', () => {
  afterEach(() => (zone.name = undefined));

  test('a day is as long as its clock makes it', () => {
    for (const [name, noon, begins, hours] of [
      ['Asia/Shanghai', '2026-03-29T04:00Z', '2026-03-28T16:00Z', 24],
      ['Europe/Berlin', '2026-03-29T10:00Z', '2026-03-28T23:00Z', 23],
      ['Europe/Berlin', '2026-10-25T11:00Z', '2026-10-24T22:00Z', 25],
      ['America/New_York', '2026-03-08T16:00Z', '2026-03-08T05:00Z', 23],
      ['America/New_York', '2026-11-01T17:00Z', '2026-11-01T04:00Z', 25],
      ['Pacific/Kiritimati', '2026-02-17T22:00Z', '2026-02-17T10:00Z', 24],
      ['Pacific/Pago_Pago', '2026-02-18T23:00Z', '2026-02-18T11:00Z', 24],
    ] as const) {
      zone.take(name);
      expect(midnightOf(at(noon)), name).toBe(at(begins));
      expect(midnightOf(at(noon), 1) - at(begins), name).toBe(hours * 3_600_000);
      expect(minuteOfDay(at(noon)), name).toBe(12 * 60);
      expect(daysBetween(at(noon), midnightOf(at(noon), 3)), name).toBe(3);
    }
  });

  test('an hour that comes twice is the first, and one that never comes is later', () => {
    zone.take('Europe/Berlin');
    expect(instantOf(2026, 10, 25, 2, 30)).toBe(at('2026-10-25T00:30Z'));
    expect(instantOf(2026, 3, 29, 2, 30)).toBe(at('2026-03-29T01:30Z'));
    expect(instantOf(2026, 3, 29, 15)).toBe(at('2026-03-29T13:00Z'));
    expect(localOf(at('2026-07-01T22:30:15Z')).toISOString()).toBe('2026-07-02T00:30:15.000Z');
    expect(written('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at('2026-01-01T11:05Z'))).toBe('12:05');
  });

  test('a name that the browser does not know leaves the reader its own clock', () => {
    zone.take('Europe/Berlin');
    zone.take('Middle-earth/Shire');
    expect(zone.name).toBeUndefined();
    const own = new Date(2026, 1, 12, 9, 30).getTime();
    expect(instantOf(2026, 2, 12, 9, 30)).toBe(own);
  });
});
