// Fetches what the suites need before Jest starts: a build of minutes inside a test would look like a hanging test.

import { findTemporal } from '../adapters/engine/temporalBinary.js';
import { fetchTimeSkippingServer } from './timeSkippingServer.js';

const say = (message: string): void => console.log(message);
say(`Temporal server: ${await findTemporal(say)}`);
say(
  `Time-skipping server: ${fetchTimeSkippingServer(say) ?? 'none, since Maven or Java is missing: its tests are skipped'}`,
);
