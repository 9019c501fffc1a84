// The simulator's control interface, for the demonstration alone. Where Azure is real there is none, and the demonstration refuses.

import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { CliFailure, exitCodes } from './client.js';

/** A machine as the simulator has it: the truth that the inventory is compared with. */
export interface SimulatedGuest {
  guid: string;
  name: string;
  product: string | null;
  build: string;
  installedKbs: string[];
  /** Missing on Windows. */
  linux?: { packages: { name: string; version: string }[] };
  services: { name: string; running: boolean }[];
  software: { name: string }[];
  tags: Record<string, string>;
}

export interface JournalRequest {
  type: 'request' | 'change';
  n: number;
  at: string;
  action?: string;
  method?: string;
  vm?: string | null;
  status?: number;
  clientRequestId?: string | null;
  kbs?: string[];
  /** Of Linux: the package masks that an installation asked for. */
  masks?: string[];
  operation?: string;
}

export interface SimulatedCloud {
  guests(): Promise<SimulatedGuest[]>;
  journal(): Promise<JournalRequest[]>;
  order(verb: string, body: Record<string, unknown>): Promise<void>;
}

/** Shape of `system.json`, which the running system writes into its data directory. */
interface SystemFile {
  url: string;
  simulator: { url: string; caFile: string } | null;
}

export async function openSimulatedCloud(dataDir: string, apiUrl: string): Promise<SimulatedCloud> {
  const file = join(dataDir, 'system.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CliFailure(
      `${file} cannot be read: the demonstration needs the embedded system; start it with \`npm start\`.`,
      exitCodes.unreachable,
    );
  });
  const system = JSON.parse(text) as SystemFile;
  if (system.url !== apiUrl)
    throw new CliFailure(
      `The system of ${dataDir} answers at ${system.url}, not at ${apiUrl}: the demonstration runs only on its own system.`,
      exitCodes.failed,
    );
  if (system.simulator === null)
    throw new CliFailure('This system works on a real Azure: the demonstration refuses to touch it.', exitCodes.failed);
  const { url, caFile } = system.simulator;
  const ca = await readFile(caFile, 'utf8');
  return {
    guests: () => call<SimulatedGuest[]>(`${url}/_control/guests`, ca),
    journal: () => call<JournalRequest[]>(`${url}/_control/journal`, ca),
    order: async (verb, body) => {
      await call(`${url}/_control/${verb}`, ca, body);
    },
  };
}

function call<T>(url: string, ca: string, body?: Record<string, unknown>): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, method: body === undefined ? 'GET' : 'POST', timeout: 60_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new CliFailure(`The simulator refused ${url}: ${text.slice(0, 300)}`, exitCodes.failed));
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
