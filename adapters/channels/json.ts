// Documents that are JSON: capped, whole or not at all, and what of them to show a person.

import type { z } from 'zod';
import { ChannelDocumentError } from '../../ports/channel.js';
import { readCapped, type Chunks } from './readCapped.js';

/** `what`: what was expected, for the message: `CSAF document`. */
export async function readJson(chunks: Chunks, what: string, sizeMaxBytes: number): Promise<unknown> {
  const text = await readCapped(chunks, sizeMaxBytes);
  try {
    return JSON.parse(text);
  } catch (failure) {
    throw notJson(text, what, failure);
  }
}

/** One record, a list of them, or one on each line. A line that is no JSON stays text. */
export async function readRecords(chunks: Chunks, what: string, sizeMaxBytes: number): Promise<unknown[]> {
  const text = await readCapped(chunks, sizeMaxBytes);
  let failure: unknown;
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch (caught) {
    failure = caught;
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  // A document written over many lines that ends in the middle has no record on a line of its own.
  const records = /^[[{]$/.test(lines[0]?.trim() ?? '') ? [] : lines.map(recordOn);
  if (!records.some((record) => typeof record === 'object')) throw notJson(text, what, failure);
  return records;
}

function recordOn(line: string): unknown {
  if (!line.startsWith('{')) return line;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

function notJson(text: string, what: string, failure: unknown): ChannelDocumentError {
  if (/^\s*</.test(text))
    return new ChannelDocumentError('malformed', `what came is a page, no ${what}: nothing of it was taken`, {
      cause: failure,
    });
  if (isCut(text, failure))
    return new ChannelDocumentError('truncated', `the ${what} ends in the middle: fetch it again`, { cause: failure });
  return new ChannelDocumentError('malformed', `it is no JSON, so no ${what}: nothing of it was taken`, {
    cause: failure,
  });
}

function isCut(text: string, failure: unknown): boolean {
  const message =
    failure !== null && typeof failure === 'object' && 'message' in failure ? String(failure.message) : '';
  if (text.trim() === '' || /end of JSON input|Unterminated/i.test(message)) return true;
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  return /^\s*[[{]/.test(text) && position >= text.trimEnd().length;
}

/** The first thing that is wrong with a record, without what differs from record to record, so that equal ones are counted together. */
export function wrongness({ issues }: z.ZodError): string {
  const [first] = issues;
  if (first === undefined) return 'it has another shape';
  const path = first.path.map((part) => (typeof part === 'number' ? '[]' : String(part).slice(0, 40)));
  return path.length === 0 ? first.message : `${path.join('.').replaceAll('.[]', '[]')}: ${first.message}`;
}

/** What a person recognises a record by: its own plain fields, never what lies deep in it. */
export function shownRecord(raw: unknown): string {
  if (raw === null || typeof raw !== 'object') return String(raw).slice(0, 200);
  const plain = Object.entries(raw)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .slice(0, 5)
    .map(([key, value]) => `${key.slice(0, 40)} ${String(value).slice(0, 80)}`);
  return plain.length === 0
    ? `a record with ${Object.keys(raw).slice(0, 5).join(', ') || 'nothing'}`
    : plain.join(', ');
}
