// What a delivery says, before any way gives it its form: one notice, or a digest of several that were held.

import { placeOf } from '../../domain/noticePlace.js';
import type { Claimed, Delivery, ToldNotice } from '../../ports/noticeLog.js';

export interface Section {
  /** Heading of a notice within a digest; null for the only one. */
  title: string | null;
  /** Plain text: whatever way renders it escapes it. */
  lines: string[];
  /** Where this one is acted on, in a digest; a single notice has the letter's. */
  link: string | null;
}

export interface Letter {
  subject: string;
  sections: Section[];
  /** What to type. */
  commands: string[];
  /** The page of the console on which its reader can act. */
  link: string | null;
  isPage: boolean;
  /** Stable: the same attempt again has the same. */
  key: string;
  /** Rounds of the same page stand together. */
  thread: string | null;
}

const subjectMax = 150;
const linesMax = 400;
const lineMax = 1000;

export function letterOf({ deliveries, notices }: Claimed, publicUrl: string | null): Letter {
  const [delivery, notice] = [deliveries[0], notices[0]];
  if (delivery === undefined || notice === undefined) throw new Error('nothing is to be delivered');
  const isDigest = notices.length > 1;
  const commands = notices.flatMap((one) => commandsOf(one));
  return {
    subject: isDigest
      ? `${notices.length} notices of Patchline while it was quiet`
      : cut(oneLine(`${prefixOf(delivery)}${notice.subject}`), subjectMax),
    sections: notices.map((one, index) => ({
      title: isDigest ? cut(oneLine(one.subject), subjectMax) : null,
      lines: bounded([...introOf(deliveries[index] ?? delivery, one), ...one.lines]),
      link: isDigest ? linkTo(one, publicUrl) : null,
    })),
    commands: [...new Set(commands)].slice(0, 20),
    link: isDigest ? publicUrl : linkTo(notice, publicUrl),
    isPage: notice.urgency === 'page',
    key: deliveries.map((one) => one.deliveryId).join('.'),
    thread: notice.urgency === 'page' ? notice.noticeId : null,
  };
}

/** Null where this installation has no address that others reach. */
export function linkTo(notice: ToldNotice, publicUrl: string | null): string | null {
  return publicUrl === null ? null : `${publicUrl.replace(/\/+$/, '')}${placeOf(notice)}`;
}

function prefixOf({ reason, round }: Delivery): string {
  switch (reason) {
    case 'told':
      return '';
    case 'repeated':
      return `[page ${round + 1}] `;
    case 'escalated':
      return '[escalated to you] ';
    case 'unacknowledged':
      return '[nobody has acknowledged] ';
  }
}

function introOf({ reason }: Delivery, { urgency, toldAt }: ToldNotice): string[] {
  if (urgency !== 'page') return [];
  switch (reason) {
    case 'told':
      return ['This cannot wait. It is repeated and passed on until somebody acknowledges it.', ''];
    case 'repeated':
      return [`Told at ${toldAt}, and not acknowledged yet.`, ''];
    case 'escalated':
      return [`Told to others at ${toldAt}; none of them has acknowledged it. Now it is yours.`, ''];
    case 'unacknowledged':
      return [
        `Told at ${toldAt} to everybody on the list in turn; nobody has acknowledged it. It is not repeated any more.`,
        '',
      ];
  }
}

function commandsOf({ urgency, noticeId, kind, patchId }: ToldNotice): string[] {
  return [
    ...(urgency === 'page' ? [`patchline notice ack ${noticeId}`] : []),
    ...(patchId === null ? [] : [`patchline patch show ${patchId}`]),
    ...(kind === 'noticeUndeliverable' ? ['patchline notice list --problems'] : []),
  ];
}

/** Texts come from vendors and machines: no line of theirs may fill a mailbox. */
function bounded(lines: string[]): string[] {
  const all = lines.flatMap((line) => line.split(/\r\n|[\n\r\u2028\u2029]/));
  const shown = all.slice(0, linesMax).map((line) => cut(clean(line), lineMax));
  return all.length > linesMax ? [...shown, `… and ${all.length - linesMax} more lines`] : shown;
}

/** Characters that turn the direction of what follows could make a text look like another. */
const turning = '\\u202A-\\u202E\\u2066-\\u2069';
const unseen = new RegExp(`(?!\\t)[\\p{Cc}${turning}]`, 'gu');
const unseenOrSpace = new RegExp(`[\\p{Cc}\\p{Zl}\\p{Zp}\\s${turning}]+`, 'gu');

function clean(text: string): string {
  return text.toWellFormed().replace(unseen, ' ');
}

export function oneLine(text: string): string {
  return text.toWellFormed().replace(unseenOrSpace, ' ').trim();
}

export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}
