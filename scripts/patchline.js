#!/usr/bin/env node
// The `patchline` command: installs what is missing, then runs the CLI's TypeScript as it is.
import { selfInstall } from './self-install.js';

process.env['TZ'] = 'UTC';
selfInstall();
const { register } = await import('tsx/esm/api');
register();
await import('../cli/main.js');
