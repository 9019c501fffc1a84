// Messages that may come from anybody with access to the engine: bounded before they go anywhere, and read without trust.

/** Far more than any message of ours: a decision holds 10,000 characters of words. */
export const messageLengthMax = 100_000;
const shownLengthMax = 300;

/** The message itself, or what is left to say of one that is far too long. The engine would refuse to hand it on, and the story would stand still. */
export function bounded(received: unknown): unknown {
  if (ArrayBuffer.isView(received)) return { tooLong: received.byteLength, begins: 'binary' };
  const text = textOf(received);
  if (text.length <= messageLengthMax) return received;
  return { tooLong: text.length, begins: text.slice(0, shownLengthMax) };
}

function textOf(received: unknown): string {
  return typeof received === 'string' ? received : (JSON.stringify(received) ?? '');
}

/** A text of a message, empty where it has none. */
export function textIn(received: unknown, name: string): string {
  if (received === null || typeof received !== 'object') return '';
  const held = (received as Record<string, unknown>)[name];
  return typeof held === 'string' ? held : '';
}

const nameLengthMax = 300;

/** A name, an id or an instant of a message; empty where it has none, and where no such thing of ours is as long or holds what no database stores. */
export function nameIn(received: unknown, name: string): string {
  const text = textIn(received, name);
  return text.length > nameLengthMax || text.includes('\u0000') ? '' : text;
}

/** A decision travels at once: what was signed earlier may have been caught and kept. */
export const freshMinutesMax = 15;
/** Of one that covers many: it may be resumed when a rollout could not be reached. */
export const bundleFreshMinutesMax = 24 * 60;
/** Clocks of two machines differ by less. */
const aheadMinutesMax = 2;

/** Why something that was signed at this instant counts no longer, or not yet; null: it does. */
export function freshnessProblem(at: string, now: string, minutesMax: number = freshMinutesMax): string | null {
  const age = (Date.parse(now) - Date.parse(at)) / 60_000;
  if (Number.isNaN(age)) return 'nobody knows when it was signed';
  if (age < -aheadMinutesMax) return `it was signed in the future, at ${at}`;
  return age > minutesMax ? `it was signed at ${at}, more than ${minutesMax} minutes ago: decide again` : null;
}
