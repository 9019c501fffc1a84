// Secrets from environment variables, or from files that they name: `PATCHLINE_SECRET_NAME`, `PATCHLINE_SECRET_NAME_FILE`.

import { readFile } from 'node:fs/promises';
import type { SecretPort } from '../../ports/secrets.js';

const bytesMax = 10_000;

/** Read each time: a file that is replaced takes effect at once. */
export function createSecrets(environment: NodeJS.ProcessEnv): SecretPort {
  return {
    async secret(name) {
      const given = environment[`PATCHLINE_SECRET_${name}`];
      if (given !== undefined && given.trim() !== '') return given.trim();
      const file = environment[`PATCHLINE_SECRET_${name}_FILE`];
      if (file === undefined || file === '') return null;
      const text = await readFile(file, 'utf8').catch(() => '');
      return text.trim() === '' || text.length > bytesMax ? null : text.trim();
    },
  };
}
