// placeholder
import type { AdvisoryDocument } from '../../../ports/channel.js';
import type { Chunks } from '../readCapped.js';

export function parseUsn(chunks: Chunks): Promise<AdvisoryDocument> {
  return Promise.reject(new Error(String(chunks)));
}
