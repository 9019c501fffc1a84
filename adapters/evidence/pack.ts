// One change as a ZIP: the facts, their digests signed by this installation, and what verifies them without Patchline.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { strToU8, zipSync } from 'fflate';
import type { EvidencePort } from '../../ports/evidence.js';
import type { SigningPort } from '../../ports/signatures.js';

const verifier = readFileSync(new URL('./verify.mjs', import.meta.url), 'utf8');

export function createEvidence(signing: SigningPort): EvidencePort {
  return {
    pack(files) {
      const texts: Record<string, string> = {
        ...Object.fromEntries(Object.entries(files).map(([name, held]) => [name, textOf(held)])),
        'verification-key.pem': signing.publicKey,
        'verify.mjs': verifier,
      };
      const digests = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]));
      const contents = `${JSON.stringify(digests, null, 2)}\n`;
      const whole = { ...texts, 'contents.json': contents, 'contents.signature': signing.sign(contents) };
      return zipSync(Object.fromEntries(Object.entries(whole).map(([name, text]) => [name, strToU8(text)])));
    },
  };
}

function textOf(held: unknown): string {
  return typeof held === 'string' ? held : `${JSON.stringify(held, null, 2)}\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
