// What a deferral waits for: a date, or something that rows can answer, with a date after which it is asked again anyway. The end of a wait opens
// nothing: whoever decides is asked again (I5, I10).

import { nameIn } from './received.js';
import { instantOf } from './window.js';

/** Things that end and have an id. */
export const endings = ['knownIssue', 'incident', 'freeze'] as const;
type Ending = (typeof endings)[number];

/** `revision`: the vendor changes its content, or another patch takes its place. */
export type DeferEvent = { kind: 'revision' } | { kind: Ending; id: string };

export interface Deferral {
  /** ISO instant; with an event it is the limit of the wait. */
  deferUntil: string | null;
  /** Null or left out: the date alone. */
  deferEvent?: DeferEvent | null | undefined;
}

const limitDaysMax = 366;
const dayMs = 24 * 3600 * 1000;

/** Nothing is one as well; a key too many makes it something else. */
export function isDeferEvent(received: unknown): received is DeferEvent | null | undefined {
  if (received === undefined || received === null) return true;
  if (typeof received !== 'object') return false;
  const { kind } = received as Record<string, unknown>;
  const keys = Object.keys(received).length;
  if (kind === 'revision') return keys === 1;
  return keys === 2 && endings.some((one) => one === kind) && nameIn(received, 'id') !== '';
}

/** Anything wrong with what a decision of this verdict waits for. */
export function deferralProblems(verdict: string, { deferUntil, deferEvent = null }: Deferral, now: string): string[] {
  if (verdict !== 'defer') {
    return [
      ...(deferUntil === null ? [] : ['only a deferral has a date']),
      ...(deferEvent === null ? [] : ['only a deferral waits for something']),
    ];
  }
  const until = deferUntil === null ? Number.NaN : Date.parse(deferUntil);
  if (!(until > Date.parse(now))) return ['a deferral needs a date in the future'];
  // The wait looks at its rows every day: it must not do so for ever.
  return deferEvent !== null && until > Date.parse(now) + limitDaysMax * dayMs
    ? [`a deferral that waits for something is asked again within ${limitDaysMax} days: name an earlier date`]
    : [];
}

/** The limit of a wait for which nobody named one. */
export function limitAfter(now: string, days: number): string {
  return new Date(Date.parse(now) + days * dayMs).toISOString();
}

const nouns: Record<Ending, string> = { knownIssue: 'known issue', incident: 'incident', freeze: 'freeze' };

/** The thing that ends, as a person calls it. */
export function endingNamed({ kind, id }: { kind: Ending; id: string }): string {
  return `${nouns[kind]} ${id}`;
}

export function deferralWords({ deferUntil, deferEvent = null }: Deferral): string {
  const date = deferUntil ?? 'no date';
  return deferEvent === null ? `until ${date}` : `until ${eventWords(deferEvent)}, at the latest ${date}`;
}

function eventWords(event: DeferEvent): string {
  if (event.kind === 'revision') return 'its content is revised or another patch takes its place';
  return `${endingNamed(event)} is ${event.kind === 'freeze' ? 'over' : 'closed'}`;
}

/** What rows say of it. Null: there is no such thing, or no longer. */
export type EventFacts =
  | {
      kind: 'revision';
      askedAt: string;
      /** When its content changed last; null: never. */
      revisedAt: string | null;
      successor: string | null;
      /** The successor that whoever deferred was shown. */
      shownSuccessor: string | null;
    }
  | { kind: 'closing'; found: { closedAt: string | null; closedBy: string | null } | null }
  | { kind: 'freeze'; found: { until: string } | null };

export type EventStanding =
  | { kind: 'unknown' }
  /** `endsAt`: when it ends by itself; null: nobody knows. */
  | { kind: 'ahead'; endsAt: string | null }
  | { kind: 'over'; detail: string };

export function eventStanding(facts: EventFacts, now: string): EventStanding {
  switch (facts.kind) {
    case 'revision': {
      const { askedAt, revisedAt, successor, shownSuccessor } = facts;
      if (revisedAt !== null && revisedAt > askedAt)
        return { kind: 'over', detail: `the vendor changed its content at ${revisedAt}` };
      if (successor !== null && successor !== shownSuccessor)
        return { kind: 'over', detail: `${successor} has taken its place` };
      return { kind: 'ahead', endsAt: null };
    }
    case 'closing': {
      if (facts.found === null) return { kind: 'unknown' };
      const { closedAt, closedBy } = facts.found;
      if (closedAt === null) return { kind: 'ahead', endsAt: null };
      return { kind: 'over', detail: `closed at ${closedAt} by ${closedBy ?? 'somebody'}` };
    }
    case 'freeze': {
      if (facts.found === null) return { kind: 'unknown' };
      const [until, at] = [instantOf(facts.found.until), instantOf(now)];
      const isOver = until !== null && at !== null && until <= at;
      return isOver
        ? { kind: 'over', detail: `it ended at ${facts.found.until}` }
        : { kind: 'ahead', endsAt: until === null ? null : new Date(until).toISOString() };
    }
  }
}

/** What a wait does after it has looked: it is over, or looks again, every day at the latest. */
export type DeferralLook = { over: true; detail: string } | { over: false; lookAt: string };

/** A thing that is known no longer cannot end: whoever decides is asked again, which opens nothing. */
export function deferralLook(standing: EventStanding, now: string): DeferralLook {
  if (standing.kind === 'over') return { over: true, detail: standing.detail };
  if (standing.kind === 'unknown') return { over: true, detail: 'it is not known any more' };
  const daily = Date.parse(now) + dayMs;
  const ends = standing.endsAt === null ? daily : Date.parse(standing.endsAt);
  return { over: false, lookAt: new Date(Math.min(daily, ends)).toISOString() };
}
