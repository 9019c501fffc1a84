// `npm run bench -- NAME [--json]`: one table, and with --json one last line of JSON.

import Table from 'cli-table3';
import { console as consoleBench } from './console.js';
import { decisions } from './decisions.js';
import { fleet } from './fleet.js';
import { inventory } from './inventory.js';
import { channels } from './channels.js';
import { priority } from './priority.js';
import { waiting } from './waiting.js';

export interface Measured {
  /** What the table shows: name, value, aim. */
  rows: [string, string, string][];
  json: Record<string, number | string | null>;
}

const benches: Record<string, () => Promise<Measured>> = {
  channels,
  console: consoleBench,
  decisions,
  fleet,
  inventory,
  priority,
  waiting,
};

const [name = '', ...rest] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')} [--json]`);
  process.exit(2);
}
const { rows, json } = await bench();
const table = new Table({ head: [name, 'measured', 'aim'], style: { head: [], border: [] } });
table.push(...rows);
console.log(table.toString());
if (rest.includes('--json')) console.log(JSON.stringify(json));
process.exit(0);
