// What finished operations and guests said, validated. Judged by `status`: a success carries an error object too.

import { z } from 'zod';
import { isDefinition } from '../../domain/definitions.js';
import type { Assessment, GuestFacts } from '../../domain/vm.js';
import { AzureFailure, type InstallOutput } from '../../ports/azure.js';
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
    patches: (patches ?? []).map(({ kbId, name, installationState }) => ({
      kb: bareKb(kbId),
      name: name ?? '',
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
  return {
    missingKbs: [...new Set(missing.flatMap(({ kb }) => kb ?? []))].sort(),
    rebootPending: rebootPending ?? false,
    assessedAt: at,
    definitions: offers.filter(isDefinition).map(({ kb, title }) => ({ kb, title })),
    titles: Object.fromEntries(missing.flatMap(({ kb, title }) => (kb === null ? [] : [[kb, title] as const]))),
  };
}

/** Requests take `KB5094128`, answers bring `5094128`. */
function bareKb(kb: string | null | undefined): string | null {
  return /^(?:KB)?(\d{6,8})$/i.exec(kb ?? '')?.[1] ?? null;
}

const FactsShape = z.object({
  osVersion: z.string().regex(/^\d+(?:\.\d+){1,3}$/),
  installedKbs: listOf(z.string().max(40)),
  pendingReboot: z.boolean(),
  services: listOf(z.object({ name: z.string().max(256), running: z.boolean() })),
  software: listOf(z.object({ name: z.string().max(256), version: z.string().max(100) })),
});

export function readGuestFacts(output: string, at: string): GuestFacts {
  const line = lastLineOf(output);
  const read = FactsShape.safeParse(jsonOf(line));
  if (!read.success)
    throw new AzureFailure('invalidInput', `the guest answered garbage: ${line.slice(0, 200)}`, null, null);
  const { osVersion, installedKbs, pendingReboot, services, software } = read.data;
  return {
    osVersion,
    installedKbs: installedKbs.flatMap((kb) => bareKb(kb) ?? []),
    pendingReboot,
    services,
    software,
    seenAt: at,
  };
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
