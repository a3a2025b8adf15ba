// What the appliance tells of visits and of what is to be done, while somebody listens. One connection for the whole page.
import { EVENTS_URL, type Visit } from '../api/visits';

const TOPICS = {
  visit: [
    'visit.provisional',
    'visit.confirmed',
    'visit.asked',
    'visit.left',
    'visit.revised',
    'visit.rejected',
    'visit.suspect',
  ],
  action: ['action.created', 'action.changed'],
} as const;

interface Bodies {
  visit: { visit: number; person: number; client: number | null; state: Visit['state'] };
  action: { assignee: number | null; client: number };
}

export type Kind = keyof Bodies;
export type Topic<K extends Kind> = (typeof TOPICS)[K][number];
export type Told<K extends Kind> = Bodies[K] & { topic: Topic<K> };

/** After an answer that was no stream the browser does not try again by itself. */
const AGAIN_MS = 5000;
const CLOSED = 2;

interface Listener<K extends Kind> {
  hear: (told: Told<K>) => void;
  /** What was told while nobody was connected was told to nobody: whoever shows it reads it anew. */
  read: (() => void) | undefined;
}

const listeners: { [K in Kind]: Set<Listener<K>> } = { visit: new Set(), action: new Set() };
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function pass<K extends Kind>(opened: EventSource, kind: K): void {
  for (const topic of TOPICS[kind]) {
    opened.addEventListener(topic, ({ data }: MessageEvent<string>) => {
      const told = { ...(JSON.parse(data) as Bodies[K]), topic } as Told<K>;
      for (const { hear } of listeners[kind]) hear(told);
    });
  }
}

function begin(): void {
  const opened = new EventSource(EVENTS_URL);
  source = opened;
  pass(opened, 'visit');
  pass(opened, 'action');
  opened.onopen = () => {
    for (const { read } of [...listeners.visit, ...listeners.action]) read?.();
  };
  opened.onerror = () => {
    if (opened.readyState === CLOSED) timer = setTimeout(begin, AGAIN_MS);
  };
}

/** Calls `hear` with each of a kind, and `read` whenever the connection stands anew; returns how to stop. */
export function listen<K extends Kind>(kind: K, hear: (told: Told<K>) => void, read?: () => void): () => void {
  const listener = { hear, read };
  listeners[kind].add(listener);
  if (source === undefined) begin();
  return () => {
    listeners[kind].delete(listener);
    if (listeners.visit.size + listeners.action.size > 0) return;
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
}
