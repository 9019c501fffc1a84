// What is sent to be signed: the order, and exactly what was shown.

import type { Seen } from './shown';

export interface Order {
  verdict: 'approve' | 'defer' | 'reject';
  justification: string;
  deferUntil: string | null;
}

export function bodyOf({ bundle, shown }: Seen, out: ReadonlySet<string>, order: Order) {
  return {
    ...order,
    bundleDigest: bundle.bundleDigest,
    requests: shown.map(({ patch, request }) => ({
      requestId: request.requestId,
      patchId: patch.patchId,
      digest: request.digest,
    })),
    except: [...out].map((patchId) => ({ patchId, verdict: 'leave' as const, justification: '', deferUntil: null })),
  };
}
