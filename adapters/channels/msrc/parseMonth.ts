// A month of the MSRC in whichever form it comes: JSON begins with a brace, anything else is read as XML.

import type { CvrfDocument } from '../../../domain/cvrf.js';
import type { Chunks } from '../readCapped.js';
import { parseCvrf } from './parseCvrf.js';
import { parseCvrfJson } from './parseCvrfJson.js';

/** `asked`: the id that the document must have; null takes any. */
export async function parseMonth(chunks: Chunks, asked: string | null): Promise<CvrfDocument> {
  const { first, whole } = await begun(chunks);
  return first === '{' ? parseCvrfJson(whole, asked) : parseCvrf(whole, asked);
}

/** The first character that is no space, and all chunks again. */
async function begun(chunks: Chunks): Promise<{ first: string; whole: AsyncIterable<Uint8Array> }> {
  const iterator = (async function* () {
    yield* chunks;
  })();
  const held: Uint8Array[] = [];
  let first = '';
  while (first === '') {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(next.value);
    // A byte order mark counts as a space.
    first = /[^\s\uFEFF]/.exec(new TextDecoder().decode(next.value))?.[0] ?? '';
  }
  return {
    first,
    whole: (async function* () {
      yield* held;
      yield* iterator;
    })(),
  };
}
