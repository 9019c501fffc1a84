// Ed25519 keys of the API: the private one signs decisions in the API only, the public one lets workers verify them.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestPort, SignaturePort, SigningPort } from '../../ports/signatures.js';

const privateKeyFile = 'decision-signing-key.pem';
const publicKeyFile = 'decision-verification-key.pem';

export const digests: DigestPort = {
  sha256: (content) => createHash('sha256').update(content).digest('hex'),
};

export function verifier(publicKey: KeyObject): SignaturePort {
  return {
    verify: (text, signature) =>
      verify(null, Buffer.from(text, 'utf8'), publicKey, Buffer.from(signature, 'base64url')),
  };
}

export function signer(privateKey: KeyObject): SigningPort {
  return {
    ...verifier(createPublicKey(privateKey)),
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), privateKey).toString('base64url'),
  };
}

/** Makes the pair in `directory` on first use: the private key is readable by its owner alone. */
export async function openSigningKeys(directory: string): Promise<{ signing: SigningPort; verifying: SignaturePort }> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const held = await readFile(join(directory, privateKeyFile), 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return null;
    throw failure;
  });
  const privateKey = held === null ? await makeKeys(directory) : createPrivateKey(held);
  return { signing: signer(privateKey), verifying: verifier(createPublicKey(privateKey)) };
}

async function makeKeys(directory: string): Promise<KeyObject> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(join(directory, privateKeyFile), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  });
  await writeFile(join(directory, publicKeyFile), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
  return privateKey;
}
