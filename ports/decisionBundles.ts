// Decisions over everything of a category that waits: what a person signed at once.

import type { DecisionBundle } from '../domain/decisionBundle.js';

export interface SignedBundle extends DecisionBundle {
  /** SHA-256 of what was ordered: the same order again is the same bundle. */
  orderDigest: string;
  /** SHA-256 of the bundle's text, which the signature covers. */
  digest: string;
  signature: string;
}

export interface DecisionBundleStore {
  /** The stored one where its id is known already: then nothing is changed. */
  sign(bundle: SignedBundle): Promise<SignedBundle>;
  bundle(bundleId: string): Promise<SignedBundle | null>;
}
