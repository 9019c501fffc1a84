// What changes, in a terminal as it changes: the same stream that the console reads, gone on with after a cut without losing an event.

import { setTimeout as pause } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { CliFailure, exitCodes, type ApiClient } from './client.js';

export interface Change {
  seq: number;
  at: string;
  who: string;
  what: string;
  patchId: string | null;
  vmId: string | null;
  runKey: string | null;
}

const againMs = 2000;

/**
 * Changes from now on, gathered as they come; null where so much was missed that everything is to be read anew. Goes on until `signal` says
 * so; somebody who may not watch ends it with an error.
 */
export async function* changesOf(client: ApiClient, signal: AbortSignal): AsyncGenerator<Change[] | null> {
  let seen: number | null = null;
  for (let first = true; !signal.aborted; first = false) {
    try {
      for await (const { event, id, data } of await eventsAfter(client, seen, signal)) {
        if (id !== undefined) seen = Number(id);
        if (event === 'change') yield [JSON.parse(data) as Change];
        else if (event === 'reset') yield null;
        else if (event === 'beat') seen ??= (JSON.parse(data) as { seq: number }).seq;
      }
    } catch (failure) {
      if (signal.aborted) return;
      // Somebody else than who asked first, or an address that never answered: trying again helps nobody.
      if (failure instanceof CliFailure && (first || failure.exitCode !== exitCodes.unreachable)) throw failure;
    }
    await pause(againMs, undefined, { signal }).catch(() => undefined);
  }
}

async function eventsAfter(client: ApiClient, seen: number | null, signal: AbortSignal) {
  const body = await client.stream(`/v1/stream${seen === null ? '' : `?after=${seen}`}`, signal);
  return body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

/** Ends when somebody presses Ctrl-C. */
export function untilInterrupted(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  return stop.signal;
}

/**
 * Shows a view whenever it changed, over the one before where the terminal can: `read` is asked again, at most every second, after changes
 * that `concerns` finds; it ends when `isOver` says so.
 */
export async function watchView<T>(options: {
  client: ApiClient;
  json: boolean;
  read: () => Promise<T>;
  concerns: (change: Change) => boolean;
  words: (view: T) => string;
  isOver: (view: T) => boolean;
}): Promise<void> {
  const { client, json, read, concerns, words, isOver } = options;
  const screen = createScreen(json);
  const stop = new AbortController();
  const signal = AbortSignal.any([untilInterrupted(), stop.signal]);
  // Watched before it is read: nothing falls in between.
  const changes = changesOf(client, signal);
  let next = changes.next();
  for (;;) {
    const view = await read();
    screen.show(json ? JSON.stringify(view) : words(view));
    if (isOver(view)) break;
    for (let isConcerned = false; !isConcerned; ) {
      const { value, done } = await next;
      if (done === true) return;
      isConcerned = value === null || value.some(concerns);
      next = changes.next();
    }
    await pause(1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
  }
  stop.abort();
  await next.catch(() => undefined);
}

function createScreen(json: boolean): { show(text: string): void } {
  let [before, lines] = ['', 0];
  const isTerminal = process.stdout.isTTY && !json;
  return {
    show(text) {
      if (text === before) return;
      // Up over what was shown, and away with it.
      const over = isTerminal && lines > 0 ? `\u001B[${lines}A\u001B[0J` : '';
      process.stdout.write(`${over}${text}\n`);
      [before, lines] = [text, text.split('\n').length];
    },
  };
}
