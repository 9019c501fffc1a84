// A vendor of our own over HTTPS, which answers as a test wants it.

import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { generate } from 'selfsigned';
import type { Fetching } from '../../adapters/channels/fetchDocument.js';

export interface Vendor {
  url: string;
  fetching: Fetching & { ca: string };
  close(): Promise<void>;
}

export async function openVendor(answer: RequestListener): Promise<Vendor> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const server = createServer({ key, cert }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `https://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`,
    fetching: { ca: cert, allowPrivate: true, firstPauseMs: 1, timeoutMs: 2000 },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Files by path; a path that is not there answers 404. */
export function serving(files: () => Map<string, string | Uint8Array>): RequestListener {
  return (request, response) => {
    const body = files().get((request.url ?? '').split('?')[0] ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(body);
  };
}
