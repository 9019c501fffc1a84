// Tokens of pipelines: for what they were made alone, until they expire. Nobody keeps the token itself.

export interface ServiceToken {
  tokenId: string;
  name: string;
  /** Permissions. */
  scope: string[];
  createdBy: string;
  /** ISO instants. */
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

export interface ServiceTokenStore {
  /** `hash`: SHA-256 of the token. Null when one of this name is in force already. */
  create(
    token: Omit<ServiceToken, 'revokedAt' | 'lastUsedAt'> & { hash: string; reason: string },
  ): Promise<ServiceToken | null>;
  /** Null when there is none, or it was revoked or has expired. That it was used is noted once an hour. */
  byHash(hash: string, at: string): Promise<ServiceToken | null>;
  /** Newest first. */
  tokens(): Promise<ServiceToken[]>;
  /** Null when there is none, or it is revoked already. */
  revoke(tokenId: string, by: string, reason: string, at: string): Promise<ServiceToken | null>;
}
