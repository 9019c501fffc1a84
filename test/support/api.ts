// The HTTP API over a test's line, with a token for each of its people.

import type { WebSettings } from '../../api/parts.js';
import { composeApi } from '../../composition/api.js';
import { people, type Line } from './line.js';

export const testWeb: WebSettings = {
  publicUrl: 'http://127.0.0.1:8080',
  session: { idleMinutes: 60, hoursMax: 12 },
  requestsPerMinute: 1_000_000,
  signInsPerMinute: 1_000_000,
  trustedProxies: [],
  workflowsUrl: 'http://127.0.0.1:8233/namespaces/patchline/workflows',
};

export interface TestApi {
  url: string;
  get(path: string, as?: string): Promise<{ status: number; body: unknown; type: string }>;
  post(path: string, body: unknown, as?: string): Promise<{ status: number; body: unknown; type: string }>;
  close(): Promise<void>;
}

/** A person's token is `token-of-<name>`. */
export async function openApi(line: {
  store: Pick<Line['store'], 'inventory'>;
  ports: Pick<Line['ports'], 'policy'>;
  signing: Line['signing'];
  engine: Pick<Line['engine'], 'client'>;
}): Promise<TestApi> {
  const app = await composeApi({
    identity: null,
    web: testWeb,
    inventory: line.store.inventory,
    people: {
      personByToken: (token) => people.find((person) => `token-of-${person.name}` === token) ?? null,
      personByName: (name) => people.find((person) => person.name === name) ?? null,
    },
    policy: line.ports.policy,
    signing: line.signing,
    client: line.engine.client,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const call = async (method: string, path: string, as: string | undefined, body?: unknown) => {
    const headers = {
      ...(as === undefined ? {} : { authorization: `Bearer token-of-${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    return { status: answer.status, type, body: type.includes('json') ? (JSON.parse(text) as unknown) : text };
  };
  return {
    url,
    get: (path, as) => call('GET', path, as),
    post: (path, body, as) => call('POST', path, as, body),
    close: () => app.close(),
  };
}
