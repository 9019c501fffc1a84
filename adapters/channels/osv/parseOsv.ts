// placeholder
import type { AdvisoryDocument } from '../../../ports/channel.js';
import type { Chunks } from '../readCapped.js';

export function parseOsv(chunks: Chunks): Promise<AdvisoryDocument> {
  return Promise.reject(new Error(String(chunks)));
}
