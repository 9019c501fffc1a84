// What a deferral waits for, as it is asked for on the command line: a date, or something with a limit.

import type { Command } from 'commander';
import type { DeferEvent } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { clean } from './print.js';

type Ending = Exclude<DeferEvent, { kind: 'revision' }>['kind'];
const endings: readonly Ending[] = ['knownIssue', 'incident', 'freeze'];

/** As the API takes it; a limit that nobody named is left to policy. */
interface Deferral {
  deferUntil: string | null;
  deferEvent: DeferEvent | null;
}

export interface DeferOptions {
  until?: string;
  untilRevision?: boolean;
  untilEvent?: string;
  atLatest?: string;
}

export function deferOptions(command: Command, prefix = ''): Command {
  return command
    .option('--until <date>', `${prefix}until this date: ISO 8601, a day or an instant`)
    .option('--until-revision', `${prefix}until its vendor revises its content or another patch takes its place`)
    .option('--until-event <event>', `${prefix}until this is closed or over: ${endings.join(':ID, ')}:ID`)
    .option(
      '--at-latest <date>',
      `${prefix}with the last two: when it is asked again anyway; otherwise as policy says`,
    );
}

/** Exactly one thing to wait for. */
export function deferralIn({ until, untilRevision = false, untilEvent, atLatest }: DeferOptions): Deferral {
  const named = [until !== undefined, untilRevision, untilEvent !== undefined].filter(Boolean).length;
  if (named !== 1)
    throw new CliFailure('name one of --until DATE, --until-revision, --until-event KIND:ID', exitCodes.usage);
  if (until !== undefined) {
    if (atLatest !== undefined)
      throw new CliFailure(
        '--at-latest goes with --until-revision or --until-event: --until is a date',
        exitCodes.usage,
      );
    return { deferUntil: instantIn(until), deferEvent: null };
  }
  const deferUntil = atLatest === undefined ? null : instantIn(atLatest);
  return { deferUntil, deferEvent: untilEvent === undefined ? { kind: 'revision' } : eventIn(untilEvent) };
}

/** A day begins with its midnight in UTC. */
function instantIn(text: string): string {
  return text.includes('T') ? text : `${text}T00:00:00Z`;
}

function eventIn(text: string): DeferEvent {
  const [name, ...rest] = text.split(':');
  const kind = endings.find((one) => one === name);
  const id = rest.join(':').trim();
  if (kind === undefined || id === '')
    throw new CliFailure(`--until-event ${clean(text)} must be ${endings.join(':ID, ')}:ID`, exitCodes.usage);
  return { kind, id };
}
