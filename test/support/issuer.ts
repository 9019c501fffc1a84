// An issuer whose every word a test decides: it has keys, offers them, and signs whatever it is asked to.

import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export interface TestIssuer {
  url: string;
  sign(claims: JWTPayload, options?: { alg?: string; kid?: string }): Promise<string>;
  /** The old key is no longer offered. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export async function startIssuer(port = 0): Promise<TestIssuer> {
  const made = async (kid: string, alg: string) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  };
  let keys = [await made('first', 'RS256'), await made('curve', 'ES256')];
  const server = createServer((request, response) => {
    const isKeys = request.url === '/keys';
    const document = {
      issuer: url,
      jwks_uri: `${url}/keys`,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isKeys ? { keys: keys.map((one) => one.jwk) } : document));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return {
    url,
    async sign(claims, { alg = 'RS256', kid } = {}) {
      const key = keys.find((one) => one.alg === alg);
      if (key === undefined) throw new Error(`there is no key for ${alg}`);
      return new SignJWT(claims).setProtectedHeader({ alg, kid: kid ?? key.kid }).sign(key.privateKey);
    },
    async rotate() {
      keys = [await made('second', 'RS256')];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
