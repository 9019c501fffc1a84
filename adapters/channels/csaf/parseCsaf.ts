// placeholder
import type { AdvisoryDocument } from '../../../ports/channel.js';
import type { Chunks } from '../readCapped.js';

export function parseCsaf(chunks: Chunks): Promise<AdvisoryDocument> {
  return Promise.reject(new Error(String(chunks)));
}
