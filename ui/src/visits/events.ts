// What the appliance tells about visits, while somebody listens. One connection for the whole page.
import { EVENTS_URL, type Visit } from '../api/visits';

export interface Told {
  topic: Topic;
  visit: number;
  person: number;
  client: number | null;
  state: Visit['state'];
}

const TOPICS = [
  'visit.provisional',
  'visit.confirmed',
  'visit.asked',
  'visit.left',
  'visit.revised',
  'visit.rejected',
  'visit.suspect',
] as const;

export type Topic = (typeof TOPICS)[number];

/** After an answer that was no stream the browser does not try again by itself. */
const AGAIN_MS = 5000;
const CLOSED = 2;

const listeners = new Set<(told: Told) => void>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function begin(): void {
  const opened = new EventSource(EVENTS_URL);
  source = opened;
  for (const topic of TOPICS) {
    opened.addEventListener(topic, ({ data }: MessageEvent<string>) => {
      const told = { ...(JSON.parse(data) as Omit<Told, 'topic'>), topic };
      for (const hear of listeners) hear(told);
    });
  }
  opened.onerror = () => {
    if (opened.readyState === CLOSED) timer = setTimeout(begin, AGAIN_MS);
  };
}

/** Calls `hear` with each; returns how to stop. */
export function listen(hear: (told: Told) => void): () => void {
  listeners.add(hear);
  if (source === undefined) begin();
  return () => {
    listeners.delete(hear);
    if (listeners.size > 0) return;
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
}
