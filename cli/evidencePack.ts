// `patchline evidence`: the evidence of one patch as a file; verifying one needs no running system.

import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { strFromU8, unzipSync } from 'fflate';
import { verifyPack } from '../adapters/evidence/verify.mjs';
import { CliFailure, exitCodes } from './client.js';
import { show } from './print.js';
import type { Shell } from './shell.js';

const bytesMax = 500_000_000;

export function evidenceCommands(program: Command, shell: Shell): void {
  const evidence = program
    .command('evidence')
    .description('everything that is known of one change, as a file that verifies offline');

  evidence
    .command('write <patch>', { isDefault: true })
    .description('write the pack of a patch')
    .option('-o, --output <file>', 'where to write it; PATCH-evidence.zip when left out')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: { output?: string; json?: boolean }) => {
      const zip = await shell.client().bytes(`/v1/patches/${encodeURIComponent(patchId)}/evidence`);
      const file = options.output ?? `${patchId.replace(/[^\w-]/g, '_')}-evidence.zip`;
      await writeFile(file, zip);
      const report = { file, bytes: zip.length, ...verifyPack(filesOf(file, zip)) };
      show({ json: options.json ?? false }, report, () => `${file}: ${zip.length} bytes. ${told(report)}`);
      if (report.problems.length > 0) process.exitCode = exitCodes.failed;
    });

  evidence
    .command('verify <file>')
    .description('verify a pack; needs no running system')
    .option('--key <file>', 'public key, PEM, as obtained elsewhere: proves who wrote the pack')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { key?: string; json?: boolean }) => {
      const zip = await readFile(file).catch((failure: unknown) => {
        throw new CliFailure(`${file} cannot be read: ${String(failure)}`, exitCodes.usage);
      });
      const key = options.key === undefined ? undefined : await readFile(options.key, 'utf8');
      const report = verifyPack(filesOf(file, zip), key);
      show({ json: options.json ?? false }, report, () => told(report));
      if (report.problems.length > 0) process.exitCode = exitCodes.failed;
    });
}

function told({ problems, events, decisions, key }: ReturnType<typeof verifyPack>): string {
  if (problems.length === 0) return `As written: ${events} events, ${decisions} decisions; key ${key}.`;
  return problems.map((problem) => `NOT AS WRITTEN: ${problem}`).join('\n');
}

function filesOf(file: string, zip: Uint8Array): Record<string, string> {
  try {
    // Sizes are the archive's own word, looked at before anything is unpacked.
    let bytes = 0;
    const files = unzipSync(zip, {
      filter: ({ originalSize }) => {
        bytes += originalSize;
        if (bytes > bytesMax) throw new Error('it holds more than 500 MB');
        return true;
      },
    });
    return Object.fromEntries(Object.entries(files).map(([name, held]) => [name, strFromU8(held)]));
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new CliFailure(`${file} is no evidence pack: ${why}`, exitCodes.usage);
  }
}
