// A document as text: capped while it is read, UTF-8 or nothing.

import { ChannelDocumentError } from '../../ports/channel.js';

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The bytes as they came. */
export async function readBytes(chunks: Chunks, sizeMaxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > sizeMaxBytes) throw oversize(sizeMaxBytes);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function oversize(sizeMaxBytes: number): ChannelDocumentError {
  return new ChannelDocumentError(
    'oversize',
    `the document is larger than ${sizeMaxBytes} bytes: nothing of it was taken`,
  );
}

export async function readCapped(chunks: Chunks, sizeMaxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > sizeMaxBytes) throw oversize(sizeMaxBytes);
      parts.push(decoder.decode(chunk, { stream: true }));
    }
    parts.push(decoder.decode());
  } catch (failure) {
    // By name: a test runner's own realm has another class of the same error.
    if (failure !== null && typeof failure === 'object' && 'name' in failure && failure.name === 'TypeError')
      throw new ChannelDocumentError('malformed', 'the document is not UTF-8 text', { cause: failure });
    throw failure;
  }
  return parts.join('');
}
