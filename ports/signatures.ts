// Hashes and signatures. Only the API holds the private key; workers verify (I1, I5).

export interface DigestPort {
  /** SHA-256, lower-case hex; of text as UTF-8. */
  sha256(content: string | Uint8Array): string;
}

export interface SignaturePort {
  verify(text: string, signature: string): boolean;
}

export interface SigningPort extends SignaturePort {
  /** Public half of the key, PEM: what others verify with. */
  publicKey: string;
  /** Ed25519, base64url. */
  sign(text: string): string;
}
