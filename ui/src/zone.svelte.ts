// The organisation's time zone: what its clock shows and when it shows it, wherever the reader's own clock is.

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;

class Zone {
  /** Its name in the IANA database; the reader's own until the appliance has said. */
  name = $state<string | undefined>();

  /** A name that this browser does not know changes nothing. */
  take(name: string): void {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      this.name = name;
    } catch {
      this.name = undefined;
    }
  }
}

export const zone = new Zone();

/** Writes an instant as the clock there shows it. */
export function written(locale: string, style: Intl.DateTimeFormatOptions, unix_ms: number): string {
  return new Intl.DateTimeFormat(locale, zone.name === undefined ? style : { ...style, timeZone: zone.name }).format(unix_ms);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(name: string | undefined): Intl.DateTimeFormat {
  const key = name ?? '';
  const style = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23', era: 'short' } as const;
  const clock = clocks.get(key) ?? new Intl.DateTimeFormat('en', name === undefined ? style : { ...style, timeZone: name });
  clocks.set(key, clock);
  return clock;
}

/** What the clock there shows, as if it stood at UTC: to be read with `getUTC…`. */
export function localOf(unix_ms: number): Date {
  const parts = Object.fromEntries(clockOf(zone.name).formatToParts(unix_ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts as Record<string, number>;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, ((unix_ms % 1000) + 1000) % 1000));
}

const ahead = (unix_ms: number): number => localOf(unix_ms).getTime() - unix_ms;

/** When the clock there shows this; what it shows twice is the first time, what it leaves out is as much later. */
export function instantOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const first = local - ahead(local - DAY_MS);
  const second_ms = local - ahead(local + DAY_MS);
  const shows = (unix_ms: number): boolean => localOf(unix_ms).getTime() === local;
  return !shows(first) && shows(second_ms) ? second_ms : first;
}

/** The first moment of the day in which an instant lies there; `days` moves it. */
export function midnightOf(unix_ms: number, days = 0): number {
  const local = localOf(unix_ms);
  return instantOf(local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate() + days);
}

/** Whole days from one instant's day to another's there. */
export function daysBetween(from_ms: number, to_ms: number): number {
  const day = (unix_ms: number): number => Math.floor(localOf(unix_ms).getTime() / DAY_MS);
  return day(to_ms) - day(from_ms);
}

/** Minutes after midnight that the clock there shows. */
export const minuteOfDay = (unix_ms: number): number => Math.floor((localOf(unix_ms).getTime() % DAY_MS) / MINUTE_MS);
