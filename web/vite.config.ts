// How the console is built. Nothing is inlined and every script is a file: the pages stand under a strict content security policy.

import { defineConfig } from 'vite';

/** Replaced in each answer of the API by a nonce of that answer. */
const nonceMark = '__NONCE__';

export default defineConfig({
  root: import.meta.dirname,
  html: { cspNonce: nonceMark },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    // Sources are open; whoever looks for a fault at night wants names.
    sourcemap: true,
    rolldownOptions: {
      onLog(level, log, handle) {
        // Words of libraries for servers that render pages: nothing here does.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
});
