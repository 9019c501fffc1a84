// The guest's own inventory: lines of text, compressed, brought in pages small enough for Run Command, put together and checked.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import type { AzurePort } from '../../ports/azure.js';
import type { GuestInventory, GuestPort, Program, RememberedUpdate } from '../../ports/guest.js';
import { runScript, unavailable } from './runScript.js';

export interface GuestOptions {
  azure: AzurePort;
  /** Seconds between looks at a running script. */
  pollSeconds: number;
  /** Seconds that a script may take. */
  timeoutSeconds: number;
}

const Page = z.object({
  total: z.number().int().min(0).max(4_000_000),
  offset: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  data: z.string(),
});

/** Far above any machine that was ever seen. */
const textBytesMax = 20_000_000;
const linesMax = 50_000;
const nameLengthMax = 300;
const attempts = 2;

export function createGuest(options: GuestOptions): GuestPort {
  return {
    async inventory(vm, osType) {
      const verb = osType === 'windows' ? 'guest-inventory/1' : 'linux-inventory/1';
      for (let attempt = 1; ; attempt += 1) {
        const packed = await pagesOf((offset) =>
          runScript({ ...options, vm, verb, parameters: { offset: String(offset) } }),
        );
        if (packed !== null) return readInventory(await unpack(packed));
        // Something was installed while the pages were read: once more from the beginning.
        if (attempt === attempts) throw unavailable(`${verb}: the inventory changed while it was read`);
      }
    },
  };
}

/** Null when the pages are not of one inventory. */
async function pagesOf(ask: (offset: number) => Promise<string>): Promise<Buffer | null> {
  let text = '';
  let digest: string | null = null;
  for (;;) {
    const page = readPage(await ask(text.length));
    digest ??= page.sha256;
    if (page.sha256 !== digest || page.offset !== text.length) return null;
    text += page.data;
    if (text.length >= page.total) break;
    if (page.data === '') throw unavailable(`the guest sent half of its inventory: ${text.length} of ${page.total}`);
  }
  const packed = Buffer.from(text, 'base64');
  if (createHash('sha256').update(text, 'ascii').digest('hex') !== digest)
    throw unavailable('the inventory does not fit its digest: the guest sent garbage');
  return packed;
}

function readPage(line: string): z.output<typeof Page> {
  try {
    return Page.parse(JSON.parse(line));
  } catch {
    throw unavailable(`the guest answered garbage: ${line.slice(0, 200)}`);
  }
}

async function unpack(packed: Buffer): Promise<string> {
  try {
    const bytes = await promisify(gunzip)(packed, { maxOutputLength: textBytesMax });
    return bytes.toString('utf8');
  } catch (failure) {
    throw unavailable(`the inventory cannot be unpacked: ${failure instanceof Error ? failure.message : 'unknown'}`);
  }
}

const sources: readonly string[] = ['registry', 'dpkg', 'rpm'];

/** Names come from whoever wrote the software: any text, without control characters, cut to a length. */
function readInventory(text: string): GuestInventory {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > linesMax) throw unavailable(`the inventory has ${lines.length} lines`);
  if (lines.at(-1) !== 'end') throw unavailable('the inventory has no end: the guest sent half of it');
  const software: Program[] = [];
  const updates: RememberedUpdate[] = [];
  const administrators: string[] = [];
  let definitions: GuestInventory['definitions'];
  for (const line of lines.slice(0, -1)) {
    const [kind = '', one = '', two = '', three = ''] = line.split('\t').map(cleaned);
    if (kind === 'software' && sources.includes(one) && two !== '')
      software.push({ name: two, version: three, source: one as Program['source'] });
    else if (kind === 'update' && one !== '') updates.push({ patchId: one, at: instantOf(two) });
    else if (kind === 'administrator' && one !== '') administrators.push(one);
    else if (kind === 'definitions' && one !== '') definitions = { version: one, updatedAt: instantOf(two) };
    else throw unavailable(`the inventory has a line that cannot be read: ${line.slice(0, 100)}`);
  }
  return { software, updates, administrators, ...(definitions === undefined ? {} : { definitions }) };
}

function cleaned(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, nameLengthMax);
}

function instantOf(text: string): string | null {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds).toISOString();
}
