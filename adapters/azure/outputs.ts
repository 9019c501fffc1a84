// What finished operations and guests said, validated. Judged by `status`: a success carries an error object too.

import { z } from 'zod';
import { isDefinition } from '../../domain/definitions.js';
import type { Assessment, GuestFacts } from '../../domain/vm.js';
import { AzureFailure, type InstallOutput, type LinuxFacts } from '../../ports/azure.js';
import { packageIn } from './linuxPackages.js';
import { lastLineOf, listOf } from './powershell.js';

const InstallShape = z.object({
  status: z.enum(['Unknown', 'InProgress', 'Failed', 'Succeeded', 'CompletedWithWarnings']),
  installationActivityId: z.string().nullish(),
  rebootStatus: z.string().nullish(),
  maintenanceWindowExceeded: z.boolean().nullish(),
  patches: z
    .array(
      z.object({
        kbId: z.string().nullish(),
        name: z.string().nullish(),
        version: z.string().nullish(),
        installationState: z.enum(['Unknown', 'Installed', 'Failed', 'Excluded', 'NotSelected', 'Pending']),
      }),
    )
    .nullish(),
  error: z.object({ message: z.string().nullish() }).nullish(),
});

export function readInstallOutput(output: unknown): InstallOutput {
  const read = InstallShape.safeParse(output);
  if (!read.success) throw unreadable('installPatches', read.error);
  const { status, installationActivityId, rebootStatus, maintenanceWindowExceeded, patches, error } = read.data;
  return {
    status,
    activityId: installationActivityId ?? null,
    rebootStatus: rebootStatus ?? 'Unknown',
    windowExceeded: maintenanceWindowExceeded ?? false,
    patches: (patches ?? []).map(({ kbId, name, version, installationState }) => ({
      kb: bareKb(kbId),
      name: bareName(name ?? ''),
      version: version ?? null,
      state: installationState,
    })),
    message: error?.message ?? null,
  };
}

const AssessShape = z.object({
  status: z.enum(['Unknown', 'InProgress', 'Failed', 'Succeeded', 'CompletedWithWarnings']),
  rebootPending: z.boolean().nullish(),
  availablePatches: z
    .array(
      z.object({
        kbId: z.string().nullish(),
        name: z.string().max(1000).nullish(),
        version: z.string().max(300).nullish(),
        classifications: z.array(z.string().max(100)).max(20).nullish(),
      }),
    )
    .nullish(),
});

export function readAssessOutput(output: unknown, at: string): Assessment {
  const read = AssessShape.safeParse(output);
  if (!read.success) throw unreadable('assessPatches', read.error);
  const { status, rebootPending, availablePatches } = read.data;
  if (status !== 'Succeeded' && status !== 'CompletedWithWarnings')
    throw new AzureFailure('invalidInput', `the assessment ended as ${status}`, null, null);
  const offers = (availablePatches ?? []).map(({ kbId, name, classifications }) => ({
    kb: bareKb(kbId),
    title: name ?? '',
    classifications: classifications ?? [],
  }));
  const missing = offers.filter((offer) => !isDefinition(offer));
  const missingPackages = (availablePatches ?? []).flatMap(({ kbId, name, version }) =>
    (kbId ?? '') === '' && isPackage.test(name ?? '') && (version ?? '') !== ''
      ? [{ name: bareName(name ?? ''), version: version ?? '' }]
      : [],
  );
  return {
    missingKbs: [...new Set(missing.flatMap(({ kb }) => kb ?? []))].sort(),
    missingPackages,
    rebootPending: rebootPending ?? false,
    assessedAt: at,
    definitions: offers.filter(isDefinition).map(({ kb, title }) => ({ kb, title })),
    titles: Object.fromEntries(missing.flatMap(({ kb, title }) => (kb === null ? [] : [[kb, title] as const]))),
  };
}

/** Where updates have titles they are no packages. */
const isPackage = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;

/** yum's lists have `openssl.x86_64`; https://github.com/Azure/LinuxPatchExtension, `Constants.SUPPORTED_PACKAGE_ARCH`. */
function bareName(name: string): string {
  return name.replace(/\.(?:x86_64|noarch|i686|aarch64)$/, '');
}

/** Requests take `KB5094128`, answers bring `5094128`. */
function bareKb(kb: string | null | undefined): string | null {
  return /^(?:KB)?(\d{6,8})$/i.exec(kb ?? '')?.[1] ?? null;
}

const FactsShape = z.object({
  osVersion: z.string().regex(/^\d+(?:\.\d+){0,3}$/),
  installedKbs: listOf(z.string().max(40)),
  pendingReboot: z.boolean(),
  services: listOf(z.object({ name: z.string().max(256), running: z.boolean() })),
  software: listOf(z.object({ name: z.string().max(256), version: z.string().max(100) })),
});

export function readGuestFacts(output: string, at: string): GuestFacts {
  return factsOf(FactsShape.extend({ osVersion: z.string().regex(/^\d+(?:\.\d+){1,3}$/) }), output, at);
}

function factsOf(shape: typeof FactsShape, output: string, at: string): GuestFacts {
  const { osVersion, installedKbs, pendingReboot, services, software } = readLine(shape, output);
  return {
    osVersion,
    installedKbs: installedKbs.flatMap((kb) => bareKb(kb) ?? []),
    pendingReboot,
    services,
    software,
    seenAt: at,
  };
}

function readLine<T>(shape: z.ZodType<T>, output: string): T {
  const line = lastLineOf(output);
  const read = shape.safeParse(jsonOf(line));
  if (!read.success)
    throw new AzureFailure('invalidInput', `the guest answered garbage: ${line.slice(0, 200)}`, null, null);
  return read.data;
}

const word = z.string().min(1).max(200);

const LinuxShape = FactsShape.extend({
  linux: z.object({
    id: word,
    version: word,
    kernel: z.object({ running: word, next: word.nullable() }),
    pro: z.boolean().nullable(),
    packages: z.object({
      manager: z.enum(['dpkg', 'rpm']).nullable(),
      total: z.number().int().min(0).max(100_000),
      offset: z.number().int().min(0),
      page: z.array(z.string().regex(/^\S{1,200} \S{1,200} \S{1,50} \S{1,300} \S{1,200} \S{1,200}$/)).max(500),
    }),
  }),
});

/** Pages in their order; what is installed of `asked`. The guest is asked on from `offset` until it told everything. */
export function readLinuxFacts(pages: string[], asked: string[], at: string): LinuxFacts {
  const read = pages.map((page) => readLine(LinuxShape, page));
  const [first] = read;
  const lines = read.flatMap(({ linux }) => linux.packages.page);
  const offsets = read.map(({ linux }) => linux.packages.offset);
  const expected = read.map((_, page) => read.slice(0, page).reduce((sum, one) => sum + sizeOf(one), 0));
  const total = first?.linux.packages.total ?? 0;
  const isOne = read.every((page) => page.linux.packages.total === total);
  const isStuck = lines.length < total && read.some((page) => sizeOf(page) === 0);
  if (first === undefined || !isOne || isStuck || offsets.join() !== expected.join())
    throw new AzureFailure('invalidInput', 'the guest told its packages in pages that do not fit together', null, null);
  if (lines.length < total) return { kind: 'more', offset: lines.length };
  const { id, version, kernel, pro, packages } = first.linux;
  const installed = lines.map(packageIn);
  const linux = { id, version, kernel, pro, packages: { manager: packages.manager, asked, installed } };
  return { kind: 'whole', facts: { ...factsOf(FactsShape, pages[0] ?? '', at), linux } };
}

function sizeOf({ linux }: z.output<typeof LinuxShape>): number {
  return linux.packages.page.length;
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreadable(operation: string, error: z.ZodError): AzureFailure {
  return new AzureFailure(
    'invalidInput',
    `the output of ${operation} has an unknown shape: ${z.prettifyError(error).slice(0, 300)}`,
    null,
    null,
  );
}
