// The first request of a long operation: its opaque address is kept, and polled elsewhere.

import type { AcceptedOperation } from '../../ports/azure.js';

interface RawResponse {
  status: number;
  headers: { get(name: string): string | undefined };
}

interface SubmitOptions {
  onResponse: (response: RawResponse) => void;
}

/** Sends the first request of a long operation, and no poll. */
export async function submitted(
  begin: (options: SubmitOptions) => { submitted(): Promise<void> },
): Promise<AcceptedOperation> {
  let url: string | null = null;
  let answered = false;
  const poller = begin({
    onResponse(response) {
      if (answered) return;
      answered = true;
      if (response.status < 300)
        url = response.headers.get('azure-asyncoperation') ?? response.headers.get('location') ?? null;
    },
  });
  await poller.submitted();
  return { url, result: null };
}
