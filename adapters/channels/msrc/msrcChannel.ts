// The MSRC's CVRF API over HTTPS: streamed into the parser, capped, retried; a redirect leads nowhere else.
// https://api.msrc.microsoft.com/cvrf/v3.0

import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { normaliseCvrf } from '../../../domain/msrc.js';
import {
  ChannelDocumentError,
  type ChannelDocument,
  type AdvisoryDocument,
  type PatchChannel,
} from '../../../ports/channel.js';
import { documentSizeMaxBytes, parseCvrf } from './parseCvrf.js';

export interface MsrcOptions {
  baseUrl: string;
  /** A private certificate authority, PEM; the public ones when left out. */
  ca?: string;
  sizeMaxBytes?: number;
  timeoutMs?: number;
}

const IndexEntry = z.object({
  ID: z.string().min(1).max(100),
  DocumentTitle: z.string().nullish(),
  CurrentReleaseDate: z.string().nullish(),
});
const Index = z.object({ value: z.array(z.unknown()) });
const tries = 3;
const indexSizeMaxBytes = 4 * 1024 * 1024;

export function createMsrcChannel(options: MsrcOptions): PatchChannel {
  return {
    name: 'msrc',
    async index(): Promise<ChannelDocument[]> {
      const text = await retried(async () => textOf(await get(options, '/updates', 'application/json')));
      const read = Index.safeParse(parseJson(text));
      if (!read.success)
        throw new ChannelDocumentError(
          'malformed',
          'the index of the MSRC has not the expected shape: nothing of it was taken',
        );
      return read.data.value.flatMap((entry) => {
        const one = IndexEntry.safeParse(entry);
        if (!one.success || /mariner/i.test(one.data.DocumentTitle ?? '')) return [];
        return [
          {
            id: one.data.ID,
            title: one.data.DocumentTitle ?? one.data.ID,
            currentRelease: one.data.CurrentReleaseDate ?? null,
          },
        ];
      });
    },

    async month(id: string): Promise<AdvisoryDocument> {
      const document = await retried(async () => {
        const answer = await get(options, `/cvrf/${encodeURIComponent(id)}`, 'application/xml');
        return parseCvrf(answer as AsyncIterable<Uint8Array>, id, options.sizeMaxBytes ?? documentSizeMaxBytes);
      });
      return normaliseCvrf(document);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (failure) {
    throw new ChannelDocumentError('malformed', 'the index of the MSRC is not JSON', { cause: failure });
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > indexSizeMaxBytes)
      throw new ChannelDocumentError('oversize', 'the index of the MSRC is larger than any that was ever seen');
  }
  return text;
}

/** Only what a second attempt may mend is tried again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (failure) {
      const passing =
        failure instanceof ChannelDocumentError && (failure.code === 'unreachable' || failure.code === 'truncated');
      if (!passing || attempt === tries) throw failure;
      await pause(500 * 2 ** attempt);
    }
  }
}

function get({ baseUrl, ca, timeoutMs }: MsrcOptions, path: string, accept: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${baseUrl}${path}`,
      { headers: { accept }, timeout: timeoutMs ?? 60_000, ...(ca === undefined ? {} : { ca }) },
      (answer) => {
        const status = answer.statusCode ?? 0;
        if (status === 200) return resolve(answer);
        answer.resume();
        if (status === 404)
          return reject(
            new ChannelDocumentError(
              'unknownDocument',
              `the MSRC has no document at ${path}: its index lists what there is`,
            ),
          );
        return reject(new ChannelDocumentError('unreachable', `the MSRC answered ${status} at ${path}`));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', (failure) =>
      reject(
        new ChannelDocumentError('unreachable', `the MSRC cannot be reached at ${baseUrl}: ${failure.message}`, {
          cause: failure,
        }),
      ),
    );
    asked.end();
  });
}
