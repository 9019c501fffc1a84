// The simulated Azure as a process of its own, known to us only by what it prints.

import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { AzureOptions } from '../adapters/azure/session.js';

export interface SimulatedAzure {
  azure: AzureOptions;
  url: string;
  ca: string;
  caFile: string;
  journalFile: string;
  close(): Promise<void>;
}

const Ready = z.object({
  url: z.url(),
  caFile: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  subscriptions: z.array(z.string()),
  journalFile: z.string(),
});

export interface SimulatorInput {
  dataDir: string;
  feedsDir: string | undefined;
  seed: number;
  vms: number;
  speed: number;
}

export async function startSimulatedAzure(input: SimulatorInput): Promise<SimulatedAzure> {
  const args = [
    '--data-dir',
    input.dataDir,
    '--seed',
    String(input.seed),
    '--vms',
    String(input.vms),
    '--speed',
    String(input.speed),
  ];
  if (input.feedsDir !== undefined) args.push('--feeds-dir', input.feedsDir);
  const child = fork(fileURLToPath(new URL('../simulator/main.ts', import.meta.url)), args, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_OPTIONS: '' },
    // Out of reach of the terminal's Ctrl-C: what is under way there is still needed while we stop.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) =>
      reject(new Error(`the simulated Azure ended at once with code ${code ?? 'none'}: its message is above`)),
    );
  });
  const ready = Ready.parse(JSON.parse(line));
  const ca = await readFile(ready.caFile, 'utf8');
  const { url, tenantId, clientId, clientSecret } = ready;
  return {
    azure: { simulator: { url, ca, tenantId, clientId, clientSecret }, subscriptions: ready.subscriptions },
    url,
    ca,
    caFile: ready.caFile,
    journalFile: ready.journalFile,
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
