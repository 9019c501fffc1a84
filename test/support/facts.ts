// Whole facts for tests of decisions; each test changes what it is about.

import type { KnownIssue } from '../../domain/knownIssue.js';
import type { Patch } from '../../domain/patch.js';
import type { DecisionRequest } from '../../ports/inventory.js';
import type { ManifestRow, Run } from '../../domain/run.js';
import type { Vm } from '../../domain/vm.js';

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
