// Fetches what the suites need before Jest starts: the Temporal server. A build of minutes inside a test would look like a hanging test.

import { findTemporal } from '../adapters/engine/temporalBinary.js';

console.log(`Temporal server: ${await findTemporal((message) => console.log(message))}`);
