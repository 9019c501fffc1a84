// The contract of the HTTP API: what goes in and what comes out. The CLI and the console know the system by these types alone.

import { z } from 'zod';
import { ArrivalView, arrivalWords } from './arrivals.js';
import { dueColumns, DueGroupView, DueSummary, RequestUrgencyView } from './due.js';
import { SignedEquivalenceView } from './equivalence.js';
import { SignedImpactView } from './impact.js';
import { RuleProofView } from './decisions.js';
import { ByHandView, KnownIssueView, RevisionView, SuccessionView } from './patchLife.js';
import { ComplianceItem } from './restorations.js';
import { NoticeStandingView } from './notices.js';
import { SecurityIssueView } from './securityIssues.js';
import { ChangeView } from './changes.js';
import { WaivedView, WaiverView } from './waivers.js';
import { DeferEvent } from './decisions.js';
import { ChangesSince } from './subjectChange.js';

export * from './approvals.js';
export * from './arrivals.js';
export * from './decisions.js';
export * from './delegations.js';
export * from './due.js';
export * from './emergencies.js';
export * from './equivalence.js';
export * from './impact.js';
export * from './checklists.js';
export * from './exceptions.js';
export * from './twins.js';
export * from './patchLife.js';
export * from './notices.js';
export * from './priority.js';
export * from './restorations.js';
export * from './securityIssues.js';
export * from './waivers.js';
export * from './changes.js';
export * from './isolations.js';
export * from './tests.js';
export * from './serviceTokens.js';
export * from './signIn.js';

export { endedStages } from '../../domain/stage.js';

const instant = z.string().describe('ISO 8601 instant, UTC');
const text = (max: number) => z.string().trim().min(1).max(max);

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

export const PatchSummary = z
  .object({
    patchId: z.string(),
    title: z.string(),
    severity: z.string(),
    cves: z.number().int(),
    exploited: z.boolean(),
    stage: z.string(),
    stageDetail: z.string(),
    needed: z.number().int().describe('Machines that need it now, and that no waiver excuses'),
    waived: z.number().int().describe('Machines that lack it by a waiver'),
    ...dueColumns,
    overdue: z.number().int().describe('Machines whose deadline is over'),
  })
  .meta({ id: 'PatchSummary' });

export const TestView = z
  .object({
    category: z.string(),
    runKey: z.string(),
    verdict: z.string(),
    reasons: z.array(z.string()),
    testedSet: z.array(z.string()),
    machines: z.number().int(),
    at: instant,
  })
  .meta({ id: 'TestView' });

export const RequestView = z
  .object({
    requestId: z.string(),
    category: z.string(),
    digest: z.string(),
    status: z.string(),
    requestedBy: z.array(z.string()),
    expiresAt: instant,
    machines: z.number().int(),
    testedSet: z.array(z.string()),
    rings: z.array(
      z.object({
        name: z.string(),
        machines: z.number().int(),
        names: z.array(z.string()).describe('Of the machines, in the order of the rollout'),
        failureBudget: z.number().int(),
      }),
    ),
    urgency: RequestUrgencyView.nullable(),
    windowRule: z.string(),
    unwind: z.string(),
    downtimeMinutes: z.number(),
    reboots: z.number().int(),
    services: z.array(z.string()),
    packages: z
      .array(z.object({ system: z.string(), name: z.string(), version: z.string() }))
      .describe('Of Linux: the versions that were tested, and that production gets'),
    knownIssues: z
      .array(z.object({ issueId: z.string(), text: z.string(), url: z.string().nullable() }))
      .describe('That were open when it was asked: an approval accepts them'),
    successor: z.string().nullable().describe('What had superseded the patch when it was asked'),
    impact: SignedImpactView.describe('Forecast, capacity and way back as they are signed'),
    exceptions: z
      .array(z.object({ vmName: z.string(), by: z.string(), until: z.iso.datetime(), reason: z.string() }))
      .describe('Machines that nothing in staging stands for, and that get it last, alone'),
    arrivals: arrivalWords,
    equivalence: SignedEquivalenceView.nullable().describe(
      'Which staging machine stands for which; null of requests from before',
    ),
    since: ChangesSince.nullable().describe('What changed since the last request; null for the first'),
  })
  .meta({ id: 'RequestView' });

export const DecisionView = z
  .object({
    decisionId: z.string(),
    category: z.string(),
    verdict: z.string(),
    by: z.string(),
    onBehalfOf: z.string().nullish().describe('Whose word a delegate gave'),
    byRule: RuleProofView.nullish(),
    at: instant,
    justification: z.string(),
    accepted: z.boolean(),
    complete: z.boolean().describe('It answered its request; an accepted one that did not is one of several'),
    step: z.string().nullable().describe('Of the rules of the request, the step that it counts for'),
    reasons: z.array(z.string()),
    digest: z.string(),
    bundle: z
      .object({ bundleId: z.string(), digest: z.string(), size: z.number().int() })
      .nullish()
      .describe('The decision over many that it is one of'),
  })
  .meta({ id: 'DecisionView' });

export const ManifestView = z
  .object({
    runKey: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    patchId: z.string(),
    wave: z.number().int(),
    state: z.string(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'ManifestView' });

export const WorkflowView = z
  .object({
    workflowId: z.string(),
    status: z.string(),
    stage: z.string().nullable().describe('Where a running rollout stands'),
    result: z.unknown().nullable(),
    url: z.string().nullable().describe('Its history in the engine’s own pages; null: they cannot be reached'),
  })
  .meta({ id: 'WorkflowView' });

export const PatchDetail = PatchSummary.extend({
  cveIds: z.array(z.string()),
  supersedes: z.array(z.string()),
  restart: z.string(),
  tests: z.array(TestView),
  due: z.array(DueGroupView).describe('By environment and category, the most urgent first'),
  requests: z.array(RequestView),
  decisions: z.array(DecisionView),
  machines: z.array(ManifestView),
  workflows: z.array(WorkflowView).describe('The lifecycle and its rollouts, as the engine knows them'),
  knownIssues: z.array(KnownIssueView),
  revisions: z.array(RevisionView).describe('What the vendor changed after it was first read, oldest first'),
  succession: SuccessionView,
  byHand: ByHandView.nullable().describe('Of a patch that people entered and install'),
  waivers: z.array(WaiverView).describe('Every one, the earliest end first'),
  changes: z.array(ChangeView).describe('Of production, newest first'),
}).meta({ id: 'PatchDetail' });

export const DecisionInput = z
  .strictObject({
    category: text(100),
    verdict: z.enum(['approve', 'defer', 'reject']),
    justification: z.string().max(20_000),
    digest: z.string().regex(/^[0-9a-f]{64}$/, 'the digest of the request that was shown: 64 hexadecimal digits'),
    deferUntil: z.iso.datetime().nullable().default(null).describe('With `deferEvent` its limit; null: by policy'),
    deferEvent: DeferEvent.nullable().default(null).describe('What a deferral waits for besides its date'),
    onBehalfOf: text(100).nullable().default(null).describe('Whose word it is, where a delegate gives it'),
  })
  .meta({ id: 'DecisionInput' });

export const DecisionReply = z
  .object({
    decisionId: z.string(),
    accepted: z.boolean(),
    reasons: z.array(z.string()),
    complete: z.boolean().optional().describe('False: it counts, and more are needed'),
    left: z.array(z.string()).optional().describe('What is missing still, step by step'),
    deferred: z.string().optional().describe('Of a deferral: what it waits for'),
  })
  .meta({ id: 'DecisionReply' });

export const RunView = z
  .object({
    runKey: z.string(),
    environment: z.string(),
    category: z.string(),
    ring: z.string(),
    status: z.string(),
    outcome: z.string().nullable(),
    control: z.string(),
    planAt: instant,
    opensAt: instant,
    closesAt: instant,
    waves: z.number().int(),
    counts: z.record(z.string(), z.number().int()).describe('Manifest rows by state'),
    ...dueColumns,
  })
  .meta({ id: 'RunView' });

export const RunDetail = RunView.extend({
  machines: z.array(ManifestView.extend(dueColumns)),
  arrivals: z.array(ArrivalView).describe('Machines that came after they were asked for, joined or not'),
}).meta({
  id: 'RunDetail',
});

export const ControlInput = z
  .strictObject({ runKey: text(300), control: z.enum(['run', 'paused', 'halted']), reason: text(2000) })
  .meta({ id: 'ControlInput' });

export const VmSummary = z
  .object({
    vmId: z.string(),
    name: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    osName: z.string().nullable(),
    build: z.string().nullable(),
    power: z.string(),
    missing: z
      .number()
      .int()
      .nullable()
      .describe('Patches that Azure’s last assessment misses; null when never assessed'),
    needed: z.array(z.string()).describe('The most urgent first; what a waiver excuses is not among them'),
    waived: z.array(WaivedView.extend({ patchId: z.string() })).describe('What it lacks by a waiver'),
    ...dueColumns,
  })
  .meta({ id: 'VmSummary' });

const KnownFact = z.object({
  name: z.string(),
  value: z.string().nullable(),
  told: z.array(
    z.object({
      value: z.string(),
      source: z.enum(['tag', 'person', 'policy']),
      by: z.string().nullable(),
      at: instant,
    }),
  ),
  disagree: z.boolean().describe('Tag, policy and person do not say the same'),
});

export const VmDetail = VmSummary.extend({
  image: z.string().nullable().describe('What it was made from'),
  firstSeenAt: instant,
  joinedAt: instant.nullable().describe('When it joined its rings; null while it is new and has not caught up'),
  facts: z.array(KnownFact),
  twins: z.array(z.string()).describe('Staging machines that stand for it'),
  openCves: z.array(z.string()).describe('Of the patches that it needs now'),
  securityIssues: z.array(SecurityIssueView).describe('Open ones that people know of'),
  access: z
    .array(
      z.object({
        scope: z.string(),
        principalId: z.string(),
        principalType: z.string(),
        role: z.string(),
        firstSeenAt: instant,
        seenAt: instant,
      }),
    )
    .describe('Azure roles on it and on what is above it'),
  administrators: z.array(z.string()).describe('Local administrators, as its guest tells'),
  azureId: z.string(),
  environmentReason: z.string(),
  categoryReason: z.string(),
  seenAt: instant,
  guestSeenAt: instant.nullable(),
  services: z.array(z.object({ name: z.string(), running: z.boolean() })),
  sessions: z.array(
    z.object({
      sessionId: z.string(),
      runKey: z.string(),
      startedAt: instant,
      endedAt: instant.nullable(),
      outcome: z.string().nullable(),
      detail: z.string(),
    }),
  ),
  history: z.array(ManifestView),
  waivers: z
    .array(WaiverView)
    .describe('Of this machine alone, every one; those of its category are shown where they count'),
}).meta({ id: 'VmDetail' });

export const CycleInput = z
  .strictObject({
    month: z
      .string()
      .regex(/^[0-9A-Za-z-]{4,40}$/, 'an id of the vendor’s index such as 2026-Jun')
      .nullable()
      .default(null)
      .describe('Month of the MSRC to read first; null: what channels brought'),
  })
  .meta({ id: 'CycleInput' });
export const CycleView = z
  .object({
    cycleId: z.string(),
    workflowId: z.string(),
    status: z.string(),
    result: z.unknown().nullable(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'CycleView' });

export const InstallationView = z
  .object({
    sessionId: z.string(),
    /** Ties the request in Azure's records to this session. */
    requestId: z.string(),
    runKey: z.string(),
    environment: z.string(),
    category: z.string(),
    vmId: z.string(),
    vmName: z.string(),
    requestedAt: instant,
    state: z.string(),
    outcome: z.string().nullable(),
    restorePoint: z.string().nullable(),
    window: z.object({ opensAt: instant, closesAt: instant }),
    patches: z.array(
      z.object({
        patchId: z.string(),
        kb: z.string().nullable().describe('Null for what is no KB'),
        packages: z
          .array(z.object({ name: z.string(), version: z.string().nullable() }))
          .describe('Of Linux: what was asked for; without a version the newest, in staging alone'),
        arrived: z
          .array(z.object({ name: z.string(), version: z.string() }))
          .nullable()
          .describe('Of Linux: what the machine had of it when the session ended'),
        state: z.string(),
        tested: z.string().nullable().describe('The staging run that it passed in; null in staging'),
        decisionId: z.string().nullable().describe('The decision that allows it; null in staging'),
      }),
    ),
  })
  .meta({ id: 'InstallationView', description: 'One installation that was asked of Azure, and what allowed it' });

export const StopInput = z.strictObject({ reason: text(2000) }).meta({ id: 'StopInput' });

export const HaltChoiceInput = z
  .strictObject({ category: text(100), choice: z.enum(['askAgain', 'end']), reason: text(2000) })
  .meta({ id: 'HaltChoiceInput' });

export const EventView = z
  .object({
    seq: z.number().int(),
    at: instant,
    who: z.string(),
    what: z.string(),
    why: z.string(),
    patchId: z.string().nullable(),
    vmId: z.string().nullable(),
    runKey: z.string().nullable(),
    before: z.unknown().describe('What changed, as it was; null where nothing was'),
    after: z.unknown().describe('What changed, as it is'),
  })
  .meta({ id: 'EventView' });

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');

export const SignedCheckpoint = z
  .strictObject({
    seq: z.number().int().min(0),
    hash: sha256,
    at: instant,
    signature: z.string().max(200).describe('Ed25519 by the key of this installation, base64url'),
  })
  .meta({ id: 'SignedCheckpoint', description: 'A place of the audit chain, to be kept outside of the database' });

export const VerificationInput = z
  .strictObject({ checkpoints: z.array(SignedCheckpoint).max(1000).default([]) })
  .meta({ id: 'VerificationInput' });

export const VerificationView = z
  .object({
    intact: z.boolean(),
    events: z.number().int(),
    last: z.object({ seq: z.number().int(), hash: z.string() }),
    checkpoints: z.number().int().describe('How many outside checkpoints it was held against'),
    findings: z.array(z.object({ kind: z.string(), seq: z.number().int(), detail: z.string() })),
    seconds: z.number(),
  })
  .meta({ id: 'VerificationView' });

export const Status = z
  .object({
    ready: z.boolean(),
    stopped: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable(),
    machines: z.object({ production: z.number().int(), staging: z.number().int(), uncategorised: z.number().int() }),
    patches: z.record(z.string(), z.number().int()).describe('Patches by stage'),
    awaitingDecision: z.number().int(),
    runs: z.object({ open: z.number().int(), planned: z.number().int() }),
    due: DueSummary,
    troubledChannels: z.record(z.string(), z.string()).describe('Channels that are not healthy, and why'),
    notices: NoticeStandingView,
    you: z.object({ name: z.string(), roles: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'Status' });

const Failure = z.object({
  patchId: z.string(),
  category: z.string(),
  where: z.enum(['test', 'production']),
  at: instant,
  reasons: z.array(z.string()),
});

export const NeverAppliedView = z
  .object({ patchId: z.string(), category: z.string(), failures: z.array(Failure), stage: z.string() })
  .meta({ id: 'NeverAppliedView', description: 'A patch that failed for a category and was never applied there' });

const fixes = ['rerelease', 'workaround', 'configuration', 'newerPatch', 'unchanged'] as const;

export const FixedLaterView = z
  .object({
    patchId: z.string(),
    category: z.string(),
    failures: z.array(Failure),
    fix: z.enum(fixes),
    how: z.string(),
    appliedAt: instant,
    appliedPatchId: z.string(),
    machines: z.number().int(),
  })
  .meta({ id: 'FixedLaterView', description: 'A patch that failed for a category, and what was applied there later' });

export const IncidentView = z
  .object({
    incidentId: z.string(),
    patchId: z.string().nullable(),
    vmId: z.string().nullable(),
    provider: z.string(),
    number: z.string(),
    title: z.string(),
    openedAt: instant,
    openedBy: z.string(),
    closedAt: instant.nullable(),
    closedBy: z.string().nullable(),
    outcome: z.string().nullable(),
    fix: z.enum(fixes).nullable(),
    notes: z.array(z.object({ at: instant, by: z.string(), text: z.string() })),
    links: z.array(z.string()),
  })
  .meta({ id: 'IncidentView' });

const link = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000);

export const IncidentInput = z
  .strictObject({
    patchId: text(100).nullable().default(null),
    vm: text(200).nullable().default(null).describe('Name or id of a machine'),
    provider: text(200).default('Microsoft'),
    number: text(100),
    title: text(500),
    openedAt: z.iso.datetime({ offset: true }).nullable().default(null).describe('Now when left out'),
    note: text(10_000).nullable().default(null),
    links: z.array(link).max(50).default([]),
  })
  .refine((held) => held.patchId !== null || held.vm !== null, 'must name a patch, a machine, or both')
  .meta({ id: 'IncidentInput' });

export const IncidentNoteInput = z.strictObject({ text: text(10_000) }).meta({ id: 'IncidentNoteInput' });

export const IncidentCloseInput = z
  .strictObject({ outcome: text(10_000), fix: z.enum(fixes).nullable().default(null) })
  .meta({ id: 'IncidentCloseInput' });

const cause = z
  .enum(['failedPatch', 'roguePatch', 'restoration', 'isolation'])
  .nullable()
  .describe(
    'The installation failed; it succeeded and the machine was sick; a person wanted the baseline back; or a trial in staging was over',
  );

export const PatchHistoryView = z
  .object({
    patchId: z.string(),
    title: z.string(),
    source: z.object({ channel: z.string(), document: z.string(), revision: z.string() }),
    classification: z.string(),
    severity: z.string(),
    exploited: z.boolean(),
    cves: z.array(z.string()),
    products: z.array(z.object({ id: z.string(), name: z.string(), fixedBuild: z.string().nullable() })),
    supersedes: z.array(z.string()),
    supersededBy: z.array(z.string()),
    restart: z.string(),
    uninstall: z.string().describe('What is known about taking it off again'),
    firstSeenAt: instant,
    stage: z.string(),
    stageDetail: z.string(),
    needed: z.number().int(),
    categories: z.array(
      z.object({
        category: z.string(),
        authorization: z.string(),
        justification: z.string().nullable(),
        decidedBy: z.string().nullable(),
        decidedAt: instant.nullable(),
        test: z
          .object({ verdict: z.string(), at: instant, reasons: z.array(z.string()), testedSet: z.array(z.string()) })
          .nullable(),
        impact: z.object({ downtimeMinutes: z.number(), reboots: z.number(), machines: z.number().int() }).nullable(),
        outcomes: z.record(z.string(), z.number().int()).describe('Production machines by how it ended there'),
      }),
    ),
    rollbacks: z.array(z.object({ vmName: z.string(), at: instant, why: z.string(), how: z.string(), cause })),
    incidents: z.array(IncidentView),
    timeline: z.array(EventView),
  })
  .meta({ id: 'PatchHistoryView', description: 'The life of a patch, from the inventory alone' });

const source = z.strictObject({ file: text(1000), text: z.string().max(1_000_000) });
const sources = z.array(source).min(1).max(200);

export const PolicyInput = z
  .strictObject({ sources })
  .meta({ id: 'PolicyInput', description: 'A policy as YAML files' });

export const PolicyCategoryView = z
  .object({
    name: z.string(),
    tier: z.number().int().describe('Its place in the order of deployment'),
    windows: z.object({ staging: z.string(), production: z.string() }),
    zones: z
      .object({ staging: z.string().nullable(), production: z.string().nullable() })
      .describe('IANA zones by which its windows open; null: a window that goes by no clock'),
    rings: z.array(z.string()),
  })
  .meta({ id: 'PolicyCategoryView' });

export const PolicyPlan = z
  .object({
    problems: z
      .array(
        z.object({
          file: z.string(),
          line: z.number().int(),
          column: z.number().int(),
          path: z.string(),
          message: z.string(),
        }),
      )
      .describe('What is wrong with it; nothing else is filled then'),
    basedOn: z.number().int().describe('The version in force, to be given back when it is applied'),
    version: z.string().nullable(),
    changes: z.array(
      z.object({
        path: z.string(),
        kind: z.enum(['added', 'removed', 'changed']),
        before: z.unknown(),
        after: z.unknown(),
        guarded: z.string().nullable().describe('Why it needs a second person'),
      }),
    ),
    moved: z.array(z.object({ vmId: z.string(), name: z.string(), before: z.string(), after: z.string() })),
    empty: z.array(z.string()).describe('Categories that catch no machine'),
  })
  .meta({ id: 'PolicyPlan' });

export const PolicyProposal = z
  .strictObject({ sources, basedOn: z.number().int().min(1), reason: text(2000) })
  .meta({ id: 'PolicyProposal' });

export const PolicySettlement = z
  .strictObject({ accept: z.boolean(), reason: text(2000) })
  .meta({ id: 'PolicySettlement' });

export const PolicyVersionView = z
  .object({
    seq: z.number().int(),
    version: z.string(),
    author: z.string(),
    reason: z.string(),
    at: instant,
    basedOn: z.number().int().nullable(),
    guarded: z.array(z.string()),
    changed: z.array(z.string()).nullable().describe('Parts that it changes; null where that was not kept'),
    status: z.enum(['applied', 'proposed', 'rejected']),
    secondBy: z.string().nullable(),
    secondReason: z.string().nullable(),
    appliedAt: instant.nullable(),
  })
  .meta({ id: 'PolicyVersionView' });

export const PolicyText = PolicyVersionView.extend({ sources }).meta({ id: 'PolicyText' });

export const InventoryMachine = z
  .object({
    vmId: z.string(),
    name: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    osName: z.string().nullable(),
    build: z.string().nullable(),
    owner: z.string().nullable(),
    businessCriticality: z.string().nullable(),
    securityLevel: z.string().nullable(),
    missing: z.number().int(),
    waived: z.number().int().describe('Patches that it lacks by a waiver'),
    firstSeenAt: instant,
    seenAt: instant.describe('When Azure last listed it'),
    collectedAt: instant.nullable().describe('When its guest last told its software'),
    stale: z.string().nullable().describe('Why what the guest told may no longer be true'),
  })
  .meta({ id: 'InventoryMachine' });

const Side = z.object({
  machines: z.number().int(),
  products: z.record(z.string(), z.number().int()),
  builds: z.record(z.string(), z.number().int()),
  software: z.array(z.string()),
});

export const InventoryView = z
  .object({
    refreshedAt: instant.nullable().describe('The oldest listing among the machines shown'),
    collectedAt: instant.nullable().describe('The oldest answer of a guest among the machines shown'),
    machines: z.array(InventoryMachine),
  })
  .meta({ id: 'InventoryView' });

export const ComparisonView = z
  .object({
    refreshedAt: instant.nullable(),
    collectedAt: instant.nullable(),
    categories: z.array(
      z.object({
        category: z.string().nullable(),
        production: Side,
        staging: Side,
        withoutTwin: z.record(z.string(), z.number().int()),
        softwareOnlyInProduction: z.array(z.string()),
        softwareOnlyInStaging: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ComparisonView' });

export const SoftwareView = z
  .object({
    name: z.string(),
    version: z.string(),
    source: z.string(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    goneAt: instant.nullable(),
  })
  .meta({ id: 'SoftwareView' });

export const VmSoftwareView = z
  .object({
    vmId: z.string(),
    name: z.string(),
    collectedAt: instant.nullable(),
    stale: z.string().nullable(),
    administrators: z.array(z.string()),
    software: z.array(SoftwareView),
  })
  .meta({ id: 'VmSoftwareView' });

export const VmHistoryView = z
  .object({
    vmId: z.string(),
    name: z.string(),
    firstSeenAt: instant,
    applied: z.array(
      z.object({
        patchId: z.string(),
        at: instant,
        state: z.string(),
        reason: z.string().nullable(),
        source: z.enum(['patchline', 'outOfBand', 'byHand', 'before']),
        sessionId: z.string(),
        testedAt: instant.nullable(),
        testOutcome: z.string().nullable(),
        decidedBy: z.string().nullable(),
      }),
    ),
    next: z.string().nullable().describe('Give it as `after` to read on; null at the end'),
    rollbacks: z.array(
      z.object({
        at: instant,
        why: z.string(),
        how: z.string(),
        cause,
        patches: z.array(z.string()).describe('What its session had installed'),
      }),
    ),
    changes: z.array(EventView).describe('Changes of the machine itself, newest first'),
  })
  .meta({ id: 'VmHistoryView' });

export const CategoryView = z
  .object({
    name: z.string(),
    environment: z.string(),
    environmentReason: z.string(),
    category: z.string().nullable(),
    reason: z.string(),
    rules: z.array(
      z.object({
        category: z.string(),
        takes: z.boolean(),
        conditions: z.array(z.object({ condition: z.string(), met: z.boolean() })),
      }),
    ),
  })
  .meta({ id: 'CategoryView' });

export const FactInput = z
  .strictObject({
    name: z.enum(['owner', 'role', 'function', 'businessCriticality', 'securityLevel']),
    value: text(300).nullable().describe('Null takes the word back'),
    reason: text(2000),
  })
  .meta({ id: 'FactInput' });

export const FactView = KnownFact.meta({ id: 'FactView' });

const names = z.array(text(300)).max(5000).default([]);

const system = text(300).nullable().default(null).describe('Operating system that must have it; null: every one');

export const BaselineContent = z
  .strictObject({
    systems: z.record(z.string().min(1).max(300), text(100).nullable()).default({}),
    software: z
      .array(
        z.strictObject({
          name: text(300),
          version: text(300).nullable().default(null),
          match: z.enum(['exact', 'atLeast']).default('atLeast'),
          system,
        }),
      )
      .max(5000)
      .default([]),
    forbiddenSoftware: names,
    requiredPatches: z
      .array(z.strictObject({ patchId: text(300), system }))
      .max(5000)
      .default([]),
    forbiddenPatches: names,
  })
  .refine(
    (held) => !held.software.some((one) => held.forbiddenSoftware.includes(one.name)),
    'wants and forbids the same software',
  )
  .refine(
    (held) => !held.requiredPatches.some((one) => held.forbiddenPatches.includes(one.patchId)),
    'requires and forbids the same patch',
  )
  .meta({
    id: 'BaselineContent',
    description: 'What machines should be: systems with their lowest build, software, patches',
  });

export const BaselineInput = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'must be 1 to 40 letters, digits, `-` or `_`'),
    category: text(100).nullable().default(null).describe('Null: for every category that has none of its own'),
    content: BaselineContent.nullable().default(null),
    from: z
      .array(text(200))
      .min(1)
      .max(20)
      .nullable()
      .default(null)
      .describe('Golden machines to capture it from, one for each operating system'),
    reason: text(2000),
  })
  .refine(
    (held) => (held.content === null) !== (held.from === null),
    'needs either a content or a machine to capture it from',
  )
  .meta({ id: 'BaselineInput' });

export const BaselineView = z
  .object({
    name: z.string(),
    version: z.number().int(),
    category: z.string().nullable(),
    content: BaselineContent,
    status: z.enum(['draft', 'tested', 'approved', 'retired']),
    author: z.string(),
    reason: z.string(),
    at: instant,
  })
  .meta({ id: 'BaselineView' });

export const BaselineAdvance = z
  .strictObject({ to: z.enum(['tested', 'approved', 'retired']), reason: text(2000) })
  .meta({ id: 'BaselineAdvance' });

export const DifferenceView = z
  .object({ part: z.string(), before: z.string().nullable(), after: z.string().nullable() })
  .meta({ id: 'DifferenceView' });

export const ComplianceView = z
  .object({
    vmId: z.string(),
    vmName: z.string(),
    environment: z.string(),
    category: z.string().nullable(),
    baseline: z.string(),
    version: z.number().int(),
    compliant: z.boolean(),
    at: instant,
    items: z.array(ComplianceItem),
    drift: z
      .array(z.object({ item: ComplianceItem, was: z.string().nullable() }))
      .describe('What changed since the audit before'),
    before: instant.nullable(),
  })
  .meta({ id: 'ComplianceView' });

export const AdviceView = z
  .object({
    advise: z.enum(['one', 'perCategory', 'unknown']),
    reasons: z.array(z.string()),
    categories: z.array(
      z.object({
        category: z.string(),
        machines: z.number().int(),
        systems: z.array(z.string()),
        common: z.array(z.string()),
        varying: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'AdviceView' });

export type Problem = z.infer<typeof Problem>;
export type BaselineView = z.infer<typeof BaselineView>;
export type DifferenceView = z.infer<typeof DifferenceView>;
export type ComplianceView = z.infer<typeof ComplianceView>;
export type AdviceView = z.infer<typeof AdviceView>;
export type PolicyPlan = z.infer<typeof PolicyPlan>;
export type PolicyVersionView = z.infer<typeof PolicyVersionView>;
export type PolicyText = z.infer<typeof PolicyText>;
export type InventoryMachine = z.infer<typeof InventoryMachine>;
export type InventoryView = z.infer<typeof InventoryView>;
export type ComparisonView = z.infer<typeof ComparisonView>;
export type VmSoftwareView = z.infer<typeof VmSoftwareView>;
export type VmHistoryView = z.infer<typeof VmHistoryView>;
export type CategoryView = z.infer<typeof CategoryView>;
export type FactView = z.infer<typeof FactView>;
export type NeverAppliedView = z.infer<typeof NeverAppliedView>;
export type FixedLaterView = z.infer<typeof FixedLaterView>;
export type IncidentView = z.infer<typeof IncidentView>;
export type PatchHistoryView = z.infer<typeof PatchHistoryView>;
export type PatchSummary = z.infer<typeof PatchSummary>;
export type PatchDetail = z.infer<typeof PatchDetail>;
export type RequestView = z.infer<typeof RequestView>;
export type DecisionView = z.infer<typeof DecisionView>;
export type DecisionReply = z.infer<typeof DecisionReply>;
export type ManifestView = z.infer<typeof ManifestView>;
export type RunView = z.infer<typeof RunView>;
export type RunDetail = z.infer<typeof RunDetail>;
export type VmSummary = z.infer<typeof VmSummary>;
export type VmDetail = z.infer<typeof VmDetail>;
export type CycleView = z.infer<typeof CycleView>;
export type InstallationView = z.infer<typeof InstallationView>;
export type WorkflowView = z.infer<typeof WorkflowView>;
export type EventView = z.infer<typeof EventView>;
export type SignedCheckpoint = z.infer<typeof SignedCheckpoint>;
export type VerificationView = z.infer<typeof VerificationView>;
export type Status = z.infer<typeof Status>;
