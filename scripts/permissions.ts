// Writes docs/permissions.md.
import { writeFileSync } from 'node:fs';
import { permissionsDocument } from './permissionsDocument.js';

writeFileSync(new URL('../docs/permissions.md', import.meta.url), permissionsDocument());
