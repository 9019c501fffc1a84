// A long text of a guest: packed there, brought in pages small enough for Run Command, put together and checked against one digest.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { unavailable } from './runScript.js';

const Page = z.object({
  total: z.number().int().min(0),
  offset: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  data: z.string(),
});

/** Null when the pages are not of one text: it changed while it was read. */
export async function pagesOf(
  ask: (offset: number) => Promise<string>,
  packedCharsMax: number,
): Promise<Buffer | null> {
  let text = '';
  let digest: string | null = null;
  for (;;) {
    const page = readPage(await ask(text.length));
    if (page.total > packedCharsMax)
      throw unavailable(`the guest wants to send ${page.total} characters: ${packedCharsMax} are allowed`);
    digest ??= page.sha256;
    if (page.sha256 !== digest || page.offset !== text.length) return null;
    text += page.data;
    if (text.length >= page.total) break;
    if (page.data === '') throw unavailable(`the guest sent half of its text: ${text.length} of ${page.total}`);
  }
  if (createHash('sha256').update(text, 'ascii').digest('hex') !== digest)
    throw unavailable('the text does not fit its digest: the guest sent garbage');
  return Buffer.from(text, 'base64');
}

function readPage(line: string): z.output<typeof Page> {
  try {
    return Page.parse(JSON.parse(line));
  } catch {
    throw unavailable(`the guest answered garbage: ${line.slice(0, 200)}`);
  }
}

export async function unpack(packed: Buffer, bytesMax: number): Promise<string> {
  try {
    const bytes = await promisify(gunzip)(packed, { maxOutputLength: bytesMax });
    return bytes.toString('utf8');
  } catch (failure) {
    throw unavailable(`the text cannot be unpacked: ${failure instanceof Error ? failure.message : 'unknown'}`);
  }
}
