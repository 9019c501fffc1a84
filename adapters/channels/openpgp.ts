// Whether a vendor signed a document: a detached OpenPGP signature beside it, by the key that policy holds.

import { createMessage, readKey, readSignature, verify } from 'openpgp';
import { ChannelDocumentError } from '../../ports/channel.js';

/** `publicKey`, `signature`: armoured. Throws when the document is not signed by that key. */
export async function requireSigned(document: Uint8Array, signature: string, publicKey: string): Promise<void> {
  const reason = await problemOf(document, signature, publicKey);
  if (reason !== null)
    throw new ChannelDocumentError(
      'unsigned',
      `the document is not signed by the vendor's key: ${reason}; nothing of it was taken`,
    );
}

async function problemOf(document: Uint8Array, signature: string, publicKey: string): Promise<string | null> {
  try {
    const { signatures } = await verify({
      message: await createMessage({ binary: document }),
      signature: await readSignature({ armoredSignature: signature }),
      verificationKeys: await readKey({ armoredKey: publicKey }),
    });
    if (signatures.length === 0) return 'it holds no signature';
    // Several may have signed: one by the vendor's key is enough.
    await Promise.any(signatures.map((one) => one.verified));
    return null;
  } catch (failure) {
    if (failure instanceof AggregateError) return messageOf(failure.errors[0]);
    return messageOf(failure);
  }
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
