// `patchline patch keep|enter|attach|attachment|done-by-hand`, and how a patch's life is shown.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type {
  AttachmentView,
  ByHandView,
  ChainView,
  NeverNeededView,
  PatchDetail,
  SuccessionView,
  UnknownNeedView,
} from '../api/contract/index.js';
import { CliFailure, exitCodes } from './client.js';
import { issueTable } from './knownIssue.js';
import { clean, show, table } from './print.js';
import type { Shell } from './shell.js';

const entryBytesMax = 1_000_000;
const fileBytesMax = 10 * 1024 * 1024;

export function patchLifeCommands(patch: Command, shell: Shell): void {
  patch
    .command('keep <patch>')
    .description('let a superseded patch go on: by somebody who decides, against the patch that supersedes it now')
    .requiredOption('--reason <text>', 'why the older one is wanted')
    .option('--json', 'print JSON')
    .action(async (patchId: string, { reason, json = false }: { reason: string; json?: boolean }) => {
      const kept = await shell.client().post<SuccessionView>(`${pathOf(patchId)}/keep`, { reason });
      show({ json }, kept, () => `${patchId} is kept against ${kept.keptAgainst ?? ''}; the next cycle takes it up.`);
    });

  patch
    .command('enter <file>')
    .description(
      'enter a patch of a vendor who only sends mail, from YAML or JSON; its attachments are paths beside it',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, { json = false }: { json?: boolean }) => {
      const { attachments, ...entry } = await readEntry(file);
      const files = await Promise.all(attachments.map((name) => readAttachment(resolve(dirname(file), name))));
      const client = shell.client();
      let view = await client.post<ByHandView>('/v1/patches/manual', entry);
      const patchId = String(entry['patchId']);
      for (const one of files) await attach(shell, patchId, one);
      if (files.length > 0) view = await requireByHand(shell, patchId);
      show({ json }, view, () => `Entered as ${patchId}.\n${describeByHand(view)}`);
    });

  patch
    .command('attach <patch> <file>')
    .description('keep a file with an entered patch: a mail, a letter; at most 10 MB')
    .option('--json', 'print JSON')
    .action(async (patchId: string, file: string, { json = false }: { json?: boolean }) => {
      const kept = await attach(shell, patchId, await readAttachment(file));
      show({ json }, kept, () => `${clean(kept.name)}: ${kept.size} bytes, SHA-256 ${kept.sha256}`);
    });

  patch
    .command('attachment <patch> <sha256>')
    .description('write a kept file to disk')
    .requiredOption('-o, --output <file>', 'where to write it')
    .option('--json', 'print JSON')
    .action(async (patchId: string, sha256: string, { output, json = false }: { output: string; json?: boolean }) => {
      const bytes = await shell.client().bytes(`${pathOf(patchId)}/attachments/${encodeURIComponent(sha256)}`);
      await writeFile(output, bytes);
      show({ json }, { file: output, bytes: bytes.length }, () => `${output}: ${bytes.length} bytes`);
    });

  patch
    .command('done-by-hand <patch>')
    .description('write down where a patch without an automatic installation was installed')
    .requiredOption('--vm <name...>', 'on which machines')
    .requiredOption('--evidence <text>', 'what shows it')
    .option('--json', 'print JSON')
    .action(async (patchId: string, options: { vm: string[]; evidence: string; json?: boolean }) => {
      const { vm: vms, evidence, json = false } = options;
      const view = await shell.client().post<ByHandView>(`${pathOf(patchId)}/done-by-hand`, { vms, evidence });
      show({ json }, view, () => describeByHand(view));
    });
}

export async function listNeverNeeded(shell: Shell, json: boolean): Promise<void> {
  const rows = (await shell.client().pages<NeverNeededView[]>('/v1/reports/never-needed')).flat();
  show({ json }, rows, () =>
    table(
      ['Patch', 'Channel', 'Severity', 'Known since', 'Title'],
      rows.map((one) => [one.patchId, one.channel, one.severity, one.firstSeenAt, one.title]),
    ),
  );
}

export async function listUnknown(shell: Shell, json: boolean): Promise<void> {
  const rows = await shell.client().get<UnknownNeedView[]>('/v1/reports/unknown-needs');
  show({ json }, rows, () =>
    table(
      ['Update', 'Title', 'Since', 'Machines'],
      rows.map((one) => [one.name, one.title, one.firstSeenAt, `${one.machines.length}: ${one.machines.join(', ')}`]),
    ),
  );
}

/** Where each link of a chain stands, in a few words. */
export function describeChain({ product, links }: ChainView, asked: string): string {
  const told = links.map((link) => {
    const words = [
      ...(link.current ? ['current'] : []),
      ...(link.kept ? ['kept'] : []),
      ...(link.inFlight || link.stage !== 'known' ? [link.stage] : []),
      ...(link.installed > 0 ? [`on ${link.installed}`] : []),
      ...(link.needed > 0 ? [`needed by ${link.needed}`] : []),
    ];
    const name = link.patchId === asked ? `[${link.patchId}]` : link.patchId;
    return words.length === 0 ? name : `${name} (${words.join(', ')})`;
  });
  return `${clean(product)}: ${told.join(' → ')}`;
}

/** Parts of `patch show`; nothing where there is nothing to tell. */
export function describeLife(detail: PatchDetail): string[] {
  const { succession, knownIssues, revisions, byHand } = detail;
  const kept = succession.keptAgainst !== null && succession.keptAgainst === succession.successor;
  return [
    ...(succession.successor === null
      ? []
      : [
          `Superseded by ${succession.successor}${kept ? `, kept by ${succession.keptBy ?? ''}: ${clean(succession.keptReason ?? '')}` : ''}`,
        ]),
    ...(knownIssues.length === 0 ? [] : ['Known issues', issueTable(knownIssues)]),
    ...(revisions.length === 0
      ? []
      : [
          'Revisions',
          table(
            ['Seen', 'Weight', 'What changed'],
            revisions.map((one) => [one.at, one.weight, one.changes.join('; ')]),
          ),
        ]),
    ...(byHand === null ? [] : [describeByHand(byHand)]),
  ];
}

function describeByHand(view: ByHandView): string {
  return [
    `Installed by hand. From ${clean(view.vendor)}, entered by ${view.enteredBy} at ${view.enteredAt}.`,
    `Fixed in ${view.software.map((one) => `${clean(one.name)} ${one.fixedVersion}`).join(', ')}`,
    clean(view.instructions.replaceAll('\n', ' ')),
    ...view.attachments.map((one) => `Attached: ${clean(one.name)}, ${one.size} bytes, SHA-256 ${one.sha256}`),
    table(
      ['Machine', 'Category', 'State', 'Why'],
      view.machines.map((one) => [one.vmName, one.category ?? '—', one.need, one.reason]),
    ),
  ].join('\n');
}

async function readEntry(file: string): Promise<Record<string, unknown> & { attachments: string[] }> {
  const bytes = await readCapped(file, entryBytesMax);
  let entry: unknown;
  try {
    entry = parse(bytes.toString('utf8'), { maxAliasCount: 0 });
  } catch (failure) {
    throw new CliFailure(
      `${file} is neither YAML nor JSON: ${failure instanceof Error ? failure.message : String(failure)}`,
      exitCodes.usage,
    );
  }
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry))
    throw new CliFailure(
      `${file} must hold patchId, title, vendor, software, instructions; see \`patchline patch enter --help\``,
      exitCodes.usage,
    );
  const { attachments = [], ...rest } = entry as Record<string, unknown>;
  if (!Array.isArray(attachments) || attachments.some((name) => typeof name !== 'string'))
    throw new CliFailure('attachments must be a list of paths', exitCodes.usage);
  return { ...rest, attachments: attachments as string[] };
}

interface LocalFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

async function readAttachment(file: string): Promise<LocalFile> {
  return { name: basename(file), bytes: new Uint8Array(await readCapped(file, fileBytesMax)) };
}

async function readCapped(file: string, bytesMax: number): Promise<Buffer> {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new CliFailure(`${file} cannot be read`, exitCodes.usage);
  if (found.size === 0 || found.size > bytesMax)
    throw new CliFailure(`${file} has ${found.size} bytes: 1 to ${bytesMax} are taken`, exitCodes.usage);
  return readFile(file);
}

function attach(shell: Shell, patchId: string, { name, bytes }: LocalFile): Promise<AttachmentView> {
  const path = `${pathOf(patchId)}/attachments?name=${encodeURIComponent(name)}`;
  return shell.client().postBytes<AttachmentView>(path, bytes);
}

async function requireByHand(shell: Shell, patchId: string): Promise<ByHandView> {
  const { byHand } = await shell.client().get<PatchDetail>(pathOf(patchId));
  if (byHand === null) throw new CliFailure(`${patchId} is no longer there`, exitCodes.failed);
  return byHand;
}

function pathOf(patchId: string): string {
  return `/v1/patches/${encodeURIComponent(patchId)}`;
}
