// What every command may ask for.

import type { ApiClient } from './client.js';

export interface Shell {
  /** `as`: a local person instead of the one that --as names. */
  client(as?: string): ApiClient;
  /** As who signed in here, whatever --as and PATCHLINE_TOKEN say. */
  signedIn(): ApiClient;
  url(): string;
  dataDir(): string;
}
