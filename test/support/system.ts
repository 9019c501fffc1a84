// The whole system as its own processes, as `npm start` runs it: started, killed without mercy, started again.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../adapters/engine/temporalServer.js';
import { createClient, type ApiClient } from '../../cli/client.js';
import { openSimulatedCloud, type SimulatedCloud } from '../../cli/simulatedCloud.js';

const command = fileURLToPath(new URL('../../scripts/patchline.js', import.meta.url));
const startSecondsMax = 120;

export interface RunningSystem {
  dataDir: string;
  url: string;
  journalFile: string;
  client(as: string): ApiClient;
  cloud(): Promise<SimulatedCloud>;
  start(): Promise<void>;
  /** Everything at once: our process, the keeper, the engine, the simulated Azure. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
  output(): string;
}

export async function systemIn(dataDir: string, environment: Record<string, string>): Promise<RunningSystem> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let output = '';
  const exited = (): Promise<number | null> =>
    new Promise((resolve) =>
      child === null || child.exitCode !== null ? resolve(child?.exitCode ?? null) : child.once('exit', resolve),
    );
  return {
    dataDir,
    url,
    journalFile: join(dataDir, 'simulator', 'journal.ndjson'),
    client: (as) => createClient({ url, as, token: undefined, dataDir }),
    cloud: () => openSimulatedCloud(dataDir, url),
    output: () => output,
    async start() {
      output = '';
      const inherited = {
        ...process.env,
        NODE_OPTIONS: '',
        PATCHLINE_DATA_DIR: dataDir,
        PATCHLINE_PORT: port,
        ...environment,
      };
      const started = spawn(process.execPath, [command, 'up'], { env: inherited, stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (part: Buffer) => void (output += part.toString()));
      for (const began = Date.now(); !output.includes('Patchline is ready'); await pause(50)) {
        if (started.exitCode !== null) throw new Error(`the system ended at its start: ${output}`);
        if (Date.now() - began > startSecondsMax * 1000)
          throw new Error(`the system did not start in ${startSecondsMax} s: ${output}`);
      }
    },
    async kill() {
      const gone = exited();
      for (const pid of familyOf(child?.pid ?? 0)) killHard(pid);
      await gone;
    },
    async stop() {
      child?.kill('SIGINT');
      return exited();
    },
  };
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (failure) {
    // It was quicker.
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'ESRCH')) throw failure;
  }
}

/** A process and all that descend from it. */
function familyOf(root: number): number[] {
  const lines = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout.trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const family = [root];
  for (const pid of family) for (const [child = 0, parent] of parents) if (parent === pid) family.push(child);
  return family;
}

export function journalTail(file: string, from: number): string {
  return readFileSync(file, 'utf8').slice(from);
}
