// Where this device is, now: one position that is fresh, or why there is none.

export interface Position {
  lat: number;
  lon: number;
  accuracy_m: number;
  tst_ms: number;
}

/** Why there is no position; each has its own sentence. */
export type Trouble = 'insecure' | 'denied' | 'unavailable' | 'slow';

const TIMEOUT_MS = 20_000;
const DENIED = 1;
const TIMED_OUT = 3;

/** What every question to the device asks for: never a position from before. */
export const ASKED: PositionOptions = { enableHighAccuracy: true, maximumAge: 0, timeout: TIMEOUT_MS };

export const troubleOf = ({ code }: GeolocationPositionError): Trouble =>
  code === DENIED ? 'denied' : code === TIMED_OUT ? 'slow' : 'unavailable';

/** On plain http browsers have no positions, except for the machine itself. */
export const possible = (): boolean => isSecureContext && 'geolocation' in navigator;

export const positionOf = ({ coords, timestamp }: GeolocationPosition): Position => ({
  lat: coords.latitude,
  lon: coords.longitude,
  accuracy_m: coords.accuracy,
  tst_ms: Math.round(timestamp),
});

export function locate(): Promise<Position | Trouble> {
  if (!possible()) return Promise.resolve('insecure');
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition((found) => resolve(positionOf(found)), (error) => resolve(troubleOf(error)), ASKED),
  );
}
