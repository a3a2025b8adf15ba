// What was read of the appliance, for when it is out of reach: today's plan and what a visit needs.
import { forget, keep, kept } from './device';

/** What a rep reads before and at a visit. */
const PATHS = /^\/api\/v1\/(session|tables(\/(actions|clients|contacts)\/records(\/\d+)?)?|people\/\d+\/(visits|location)|visits\/\d+|clients(\/\d+(\/brief)?)?|sites|dates)$/;

/** Whose answers they are; nobody's before it was asked who is here. */
export const reader = { person: 0 };

/** Whether the appliance answered last. */
export const reach = { lost: false, told: (_lost: boolean) => {} };

function tell(lost: boolean): void {
  if (reach.lost === lost) return;
  reach.lost = lost;
  reach.told(lost);
}

const SESSION = '/api/v1/session';

/** Asks the appliance; where it is out of reach, what it said last. */
export async function read(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  // Who is here is known before whose answers they are.
  const key = pathname === SESSION ? pathname : `${reader.person} ${pathname}${search}`;
  const keeps = PATHS.test(pathname);
  try {
    const response = await fetch(request);
    tell(false);
    if (keeps && response.ok && pathname !== SESSION) void response.clone().text().then((text) => keep(key, text));
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    tell(true);
    const last = keeps ? await kept(key) : undefined;
    if (last === undefined) throw error;
    return new Response(last.text, { headers: { 'content-type': 'application/json', 'x-kept-ms': String(last.at_ms) } });
  }
}

/** Somebody else is here, or nobody: what was read is not theirs. */
export async function reads(person: number | undefined, session: unknown): Promise<void> {
  const before = reader.person;
  reader.person = person ?? 0;
  if (person === undefined || (before !== 0 && before !== person)) await forget();
  // Signing in says it as well as asking who is here.
  if (person !== undefined) await keep(SESSION, JSON.stringify(session));
}
