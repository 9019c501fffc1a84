// What changes, as it changes. One tab of a browser listens for all of them: servers and browsers allow only a few such connections.

import { useSyncExternalStore } from 'react';

export interface Change {
  seq: number;
  at: string;
  who: string;
  what: string;
  patchId: string | null;
  vmId: string | null;
  runKey: string | null;
}

export type Standing = 'connecting' | 'live' | 'reconnecting' | 'stale';

interface State {
  standing: Standing;
  /** By the server's clock, of the newest beat. */
  beatAt: string | null;
}

type Message =
  | { kind: 'changes'; changes: Change[] }
  | { kind: 'reset'; seq: number }
  | { kind: 'beat'; at: string; seq: number };

const reconnectingMs = 25_000;
const staleMs = 60_000;
const gatherMs = 250;

let state: State = { standing: 'connecting', beatAt: null };
let heardAt = Date.now();
let seen = 0;
let gathered: Change[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;
const watchers = new Set<() => void>();
const onChanges = new Set<(changes: Change[] | null) => void>();
let channel: BroadcastChannel | null = null;
let source: EventSource | null = null;

function become(next: Partial<State>): void {
  if (Object.entries(next).every(([key, value]) => state[key as keyof State] === value)) return;
  state = { ...state, ...next };
  for (const tell of watchers) tell();
}

/** Each change once, however often it came. Null: too much was missed, everything is read anew. */
function take(message: Message): void {
  heardAt = Date.now();
  if (message.kind === 'beat') {
    become({ standing: 'live', beatAt: message.at });
    return;
  }
  if (message.kind === 'reset') {
    seen = message.seq;
    gathered = [];
    for (const tell of onChanges) tell(null);
    return;
  }
  for (const change of message.changes) {
    if (change.seq <= seen) continue;
    seen = change.seq;
    gathered.push(change);
  }
  timer ??= setTimeout(handOut, gatherMs);
}

function handOut(): void {
  timer = null;
  const changes = gathered;
  gathered = [];
  if (changes.length > 0) for (const tell of onChanges) tell(changes);
}

function share(message: Message): void {
  take(message);
  channel?.postMessage(message);
}

function listen(): void {
  const place = seen === 0 ? '' : `?after=${seen}`;
  source = new EventSource(`/v1/stream${place}`);
  source.addEventListener('change', (event) => share({ kind: 'changes', changes: [JSON.parse(event.data) as Change] }));
  source.addEventListener('reset', (event) => share({ kind: 'reset', ...(JSON.parse(event.data) as { seq: number }) }));
  source.addEventListener('beat', (event) =>
    share({ kind: 'beat', ...(JSON.parse(event.data) as { at: string; seq: number }) }),
  );
  source.addEventListener('error', () => {
    if (state.standing === 'live') become({ standing: 'reconnecting' });
    // After a refusal the browser gives up; a new one asks again, from where this one ended.
    if (source?.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  });
}

let started = false;

/** Once for the whole page. */
export function startLive(): void {
  if (started) return;
  started = true;
  setInterval(() => {
    const silent = Date.now() - heardAt;
    if (silent > staleMs) become({ standing: 'stale' });
    else if (silent > reconnectingMs) become({ standing: 'reconnecting' });
  }, 1000);
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) {
    listen();
    return;
  }
  channel = new BroadcastChannel('patchline-live');
  channel.addEventListener('message', (event) => take(event.data as Message));
  // Held until this tab closes; then another takes over.
  void navigator.locks.request('patchline-live', () => {
    listen();
    return new Promise(() => {});
  });
}

/** Told of changes, gathered for a moment; null: everything may have changed. */
export function watchChanges(tell: (changes: Change[] | null) => void): () => void {
  onChanges.add(tell);
  return () => onChanges.delete(tell);
}

export function useLive(): State {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => state,
  );
}
