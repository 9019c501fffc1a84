// Whole facts for tests of decisions; each test changes what it is about.

import type { Emergency } from '../../domain/emergency.js';
import type { EmergencyPolicy } from '../../domain/emergencyPolicy.js';
import type { KnownIssue } from '../../domain/knownIssue.js';
import type { PatchWaiver } from '../../domain/patchWaiver.js';
import type { PackageFix, Patch } from '../../domain/patch.js';
import type { DecisionRequest, Judged } from '../../ports/decisions.js';
import type { ManifestRow, Run } from '../../domain/run.js';
import type { GuestFacts, Vm } from '../../domain/vm.js';

export const now = '2026-11-24T12:00:00.000Z';

export function minutesFrom(instant: string, minutes: number): string {
  return new Date(Date.parse(instant) + minutes * 60_000).toISOString();
}

export function someRun(change: Partial<Run> = {}): Run {
  return {
    runKey: 'maintenance/production/web/canary/soon@1',
    environment: 'production',
    category: 'web',
    ring: 'canary',
    occurrence: 'soon@1',
    planAt: minutesFrom(now, -20),
    opensAt: minutesFrom(now, -10),
    closesAt: minutesFrom(now, 240),
    status: 'planned',
    outcome: null,
    waves: 1,
    control: 'run',
    ...change,
  };
}

export function someVm(change: Partial<Vm> = {}): Vm {
  return {
    vmId: 'vm-1',
    name: 'web-prd-01',
    azureId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web-prd-01',
    subscriptionId: 's',
    resourceGroup: 'rg-web-prod',
    location: 'westeurope',
    zone: null,
    availabilitySet: null,
    size: null,
    image: null,
    osType: 'windows',
    osName: 'Windows Server 2022 Datacenter',
    osVersion: '10.0.20348.4171',
    power: 'running',
    tags: {},
    environment: 'production',
    environmentReason: 'rule',
    category: 'web',
    categoryReason: 'tag',
    guest: null,
    assessment: null,
    firstSeenAt: now,
    seenAt: now,
    joinedAt: now,
    goneAt: null,
    ...change,
  };
}

export function somePatch(change: Partial<Patch> = {}): Patch {
  return {
    patchId: 'KB5070884',
    kb: '5070884',
    title: '2025-10 Cumulative Update for Windows Server 2022',
    severity: 'critical',
    severityByProduct: {},
    cves: ['CVE-2025-59287'],
    products: [{ id: '11923', name: 'Windows Server 2022' }],
    fixedBuilds: { '11923': '10.0.20348.4297' },
    packages: [],
    supersedes: [],
    restart: 'yes',
    kind: 'cumulative',
    exploited: false,
    disclosed: false,
    knownIssue: false,
    knownIssueUrl: null,
    released: null,
    classification: 'security',
    url: null,
    source: { channel: 'msrc', document: '2025-Oct', revision: '1' },
    ...change,
  };
}

export function someRow(change: Partial<ManifestRow> = {}): ManifestRow {
  return {
    runKey: 'maintenance/production/web/canary/soon@1',
    vmId: 'vm-1',
    vmName: 'web-prd-01',
    patchId: 'KB5070884',
    kb: '5070884',
    packages: [],
    arrived: null,
    present: null,
    wave: 1,
    position: 0,
    state: 'planned',
    reason: null,
    ...change,
  };
}

export function someRequest(change: Partial<DecisionRequest> = {}): Omit<DecisionRequest, 'status'> {
  const { status: _, ...request }: DecisionRequest = {
    requestId: 'KB1/web/first/1',
    patchId: 'KB1',
    category: 'web',
    digest: 'd'.repeat(64),
    subject: {
      patchId: 'KB1',
      category: 'web',
      revision: '1',
      vmIds: ['vm-1'],
      testedSet: ['KB1'],
      testRunKey: 'maintenance/staging/web/all/next@1',
      testVerdict: 'passed',
      impact: { downtimeMinutes: 10, reboots: 1, vms: 1, services: [], order: ['canary'] },
      rings: [{ name: 'canary', vmIds: ['vm-1'], failureBudget: 0 }],
      windowRule: 'soon',
      unwind: 'restorePoint',
      subsetAllowed: false,
    },
    requestedBy: ['kim'],
    requestedAt: now,
    expiresAt: minutesFrom(now, 60),
    urgency: null,
    status: 'waiting',
    ...change,
  };
  return request;
}

/** What a judge says of a decision that answers its request. */
export function someJudged(change: Partial<Judged> = {}): Judged {
  return { accepted: true, reasons: [], policyVersion: 'p', complete: true, step: null, claims: null, ...change };
}

/** An Ubuntu machine; `packages`: `name version`, and where they matter `architecture source sourceVersion`, as its guest told them. */
export function someUbuntu(packages: string[] = [], change: Partial<Vm> = {}): Vm {
  return someVm({
    name: 'linux-prd-01',
    category: 'linux',
    osType: 'linux',
    osName: 'ubuntu',
    osVersion: '24.04',
    guest: linuxGuest(packages),
    ...change,
  });
}

export function linuxGuest(
  packages: string[],
  change: Partial<NonNullable<GuestFacts['linux']>> & { pendingReboot?: boolean } = {},
): GuestFacts {
  const { pendingReboot = false, ...linux } = change;
  const installed = packages.map((text) => {
    const [name = '', version = '', architecture = null, source = name, sourceVersion = version] = text.split(' ');
    return { name, version, architecture, source: { name: source, version: sourceVersion }, module: null };
  });
  const asked = [...new Set([...installed.map((one) => one.name), ...notInstalled])];
  return {
    osVersion: '24.04',
    installedKbs: [],
    pendingReboot,
    services: [],
    software: [],
    seenAt: now,
    linux: {
      id: 'ubuntu',
      version: '24.04',
      kernel: { running: '6.8.0-1017-azure', next: '6.8.0-1017-azure' },
      pro: false,
      packages: { manager: 'dpkg', asked, installed },
      ...linux,
    },
  };
}

/** What every guest of these tests was asked for and does not have, unless it is told. */
const notInstalled = ['openssl', 'libssl3t64', 'libssl-dev', 'linux-image-azure'];

/** An advisory of Ubuntu 24.04; `packages`: `name version`. */
export function someNotice(patchId: string, packages: string[], change: Partial<Patch> = {}): Patch {
  return somePatch({
    patchId,
    kb: null,
    title: `${patchId}: OpenSSL vulnerabilities`,
    products: [],
    fixedBuilds: {},
    packages: packages.map((text) => someFix(...(text.split(' ') as [string, string]))),
    kind: 'update',
    restart: 'unknown',
    source: { channel: 'ubuntu', document: patchId, revision: '1' },
    ...change,
  });
}

export function someFix(name: string, version: string, change: Partial<PackageFix> = {}): PackageFix {
  return {
    distribution: 'ubuntu',
    release: '24.04',
    pocket: null,
    name,
    source: null,
    sourceOnly: false,
    module: null,
    version,
    architecture: null,
    ...change,
  };
}

export function someIssue(change: Partial<KnownIssue> = {}): KnownIssue {
  return {
    issueId: 'i1',
    patchId: 'KB5070884',
    source: 'manual',
    text: 'print servers lose their queues',
    url: null,
    effect: 'hold',
    openedBy: 'sam',
    openedAt: now,
    closedBy: null,
    closedAt: null,
    outcome: null,
    ...change,
  };
}

/** Of a category, approved, for thirty days. */
export function someWaiver(change: Partial<PatchWaiver> = {}): PatchWaiver {
  return {
    waiverId: 'w1',
    patchId: 'KB5070884',
    category: 'web',
    vmId: null,
    vmName: null,
    until: minutesFrom(now, 30 * 24 * 60),
    reason: 'the print server breaks with it',
    control: 'the spooler is switched off',
    owner: 'dana@patchline.example',
    revisedAt: null,
    renews: null,
    status: 'approved',
    requestedBy: 'sam',
    requestedAt: now,
    askedUntil: minutesFrom(now, 60),
    decidedBy: 'riley',
    decidedAt: now,
    justification: 'the vendor mends it next month',
    endedBy: null,
    endedAt: null,
    endReason: null,
    ...change,
  };
}

export const emergencyPolicy: EmergencyPolicy = {
  roles: ['sre'],
  overrideRoles: { window: ['changeManager'], freeze: ['changeManager'], quorum: ['changeManager'] },
  soakSecondsMin: 60,
  reviewWithinHours: 72,
  expiresAfterMinutes: 120,
  leadSeconds: 60,
  runMinutes: 240,
};

export function someEmergency(change: Partial<Emergency> = {}): Emergency {
  return {
    emergencyId: 'e1',
    patchId: 'KB5070884',
    category: 'web',
    reason: 'it is exploited in the wild',
    requestedBy: 'sam',
    requestedAt: now,
    expiresAt: minutesFrom(now, 120),
    wanted: [{ kind: 'window', names: 'soon', span: null }],
    soakSeconds: null,
    status: 'open',
    endedBy: null,
    endedAt: null,
    endReason: null,
    reviewOpenedAt: null,
    reviewDueAt: null,
    reviewedBy: null,
    reviewedAt: null,
    reviewOutcome: null,
    ...change,
  };
}
