// Secrets of this process's surroundings, by the names that policy uses. They are never stored, logged or shown.

export interface SecretPort {
  /** Null: it is not there. */
  secret(name: string): Promise<string | null>;
}
