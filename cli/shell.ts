// What every command may ask for.

import type { ApiClient } from './client.js';

export interface Shell {
  client(): ApiClient;
  dataDir(): string;
}
