// What keeps notices from arriving is said when a worker starts, and written down; it stops nothing.

import { savedProblems } from '../activities/deliver.js';
import type { Ports } from '../activities/ports.js';

export async function lookAtNotices(ports: Ports, say: (message: string) => void): Promise<void> {
  for (const { subject, problem } of await savedProblems(ports)) say(`Notices, ${subject}: ${problem}`);
}
