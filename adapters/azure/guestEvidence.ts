// Evidence of a guest before it is patched: what runs, what listens, what starts by itself, who signed in. Bounded, and cleaned of what no
// text may hold; every line is kept as the guest wrote it otherwise.

import type { VmAddress } from '../../ports/azure.js';
import { pagesOf, unpack } from './packedPages.js';
import { runScript, unavailable, type GuestOptions } from './runScript.js';

const packedCharsMax = 150_000;
const textBytesMax = 400_000;
const attempts = 2;

/** The scripts that policy names, by what runs them. */
export function forensicVerb(script: string, osType: 'windows' | 'linux'): string {
  return osType === 'windows' ? script : `linux-${script}`;
}

export async function takeEvidence(
  options: GuestOptions,
  vm: VmAddress,
  verb: string,
  capture: string,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const ask = (offset: number) =>
      runScript({ ...options, vm, verb, parameters: { capture, offset: String(offset) } });
    const packed = await pagesOf(ask, packedCharsMax);
    if (packed !== null) return readEvidence(await unpack(packed, textBytesMax));
    if (attempt === attempts) throw unavailable(`${verb}: the capture changed while it was read`);
  }
}

function readEvidence(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[^\P{Cc}\t]/gu, ' ').trimEnd());
  while (lines.at(-1) === '') lines.pop();
  if (lines.pop() !== 'end') throw unavailable('the evidence has no end: the guest sent half of it');
  if (lines.length === 0) throw unavailable('the evidence is empty: the guest told nothing of itself');
  return lines.join('\n').toWellFormed();
}
