// Runs the simulator alone: `npx tsx simulator/main.ts --data-dir DIR`. Prints one line of JSON when it answers.

import { parseArgs } from 'node:util';
import { startSimulator } from './server.js';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    port: { type: 'string', default: '0' },
    'feeds-dir': { type: 'string' },
    seed: { type: 'string', default: '1' },
    vms: { type: 'string', default: '60' },
    speed: { type: 'string', default: '600' },
  },
});

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    console.error(`--${name} must be a whole number from ${min} to ${max}`);
    process.exit(2);
  }
  return value;
}

const dataDir = values['data-dir'];
if (dataDir === undefined) {
  console.error('usage: simulator --data-dir DIR [--port N] [--feeds-dir DIR] [--seed N] [--vms 60] [--speed 600]');
  process.exit(2);
}

const simulator = await startSimulator({
  dataDir,
  port: wholeNumber('port', values.port, 0, 65_535),
  feedsDir: values['feeds-dir'] ?? null,
  seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
  vms: wholeNumber('vms', values.vms, 2, 5000),
  speed: wholeNumber('speed', values.speed, 1, 1_000_000),
});
const { close, ...told } = simulator;
console.log(JSON.stringify(told));

let isClosing = false;
function end(): void {
  if (isClosing) return;
  isClosing = true;
  void close().then(() => process.exit(0));
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
// Whoever started us as a child is gone.
process.on('disconnect', end);
