// The policy as data: what operators keep in Git, validated by the policy adapter before anything reads it.

import type { ApprovalRules } from './approvalPath.js';
import type { BaselineContent } from './baseline.js';
import type { ChecklistItem } from './checklist.js';
import type { EquivalencePolicy } from './equivalencePolicy.js';
import type { DefinitionPolicy } from './definitions.js';
import type { Dependency } from './dependency.js';
import type { EmergencyPolicy } from './emergencyPolicy.js';
import type { IsolationPolicy } from './isolation.js';
import type { KnownIssuePolicy } from './knownIssue.js';
import type { ChannelsPolicy } from './channel.js';
import type { DangerHours, DeadlineRule } from './priority.js';
import type { SupersedencePolicy } from './succession.js';
import type { NoticePolicy } from './notice.js';
import type { ProbeRules } from './probe.js';
import type { SignInPolicy } from './roles.js';
import type { PatchWaiverPolicy } from './patchWaiver.js';
import type { TwinPolicy } from './twinPolicy.js';
import type { Environment } from './vm.js';
import type { Waiver } from './waiver.js';

/** A window that recurs: local start time, duration, and on which days. `always` is for demonstrations. */
export type WindowRule =
  | { id: string; kind: 'always'; planningLeadSeconds: number; durationMinutes: number }
  | {
      id: string;
      kind: 'weekly';
      /** IANA zone, e.g. `Europe/Zurich`. */
      zone: string;
      /** ISO weekdays, 1 = Monday. */
      weekdays: number[];
      /** Only these weeks of the month (1 to 5), counted by that weekday's occurrence; empty: every week. */
      weeksOfMonth: number[];
      /** Local time `HH:MM`. */
      start: string;
      durationMinutes: number;
      /** How long before the opening the manifest is fixed. */
      planningLeadSeconds: number;
    };

export interface Freeze {
  id: string;
  reason: string;
  /** ISO instants; the end is exclusive. */
  from: string;
  until: string;
  /** Category names; empty: all. */
  categories: string[];
  environments: Environment[];
}

export interface EnvironmentRule {
  environment: Environment;
  /** Exact GUID or `*`. */
  subscription: string;
  /** Glob on the resource group's name (`*` only), case-insensitive. */
  resourceGroup: string;
}

export interface RingRule {
  name: string;
  /** How much of the category's production machines, after earlier rings took theirs. The last ring takes the rest. */
  take: { kind: 'count'; count: number } | { kind: 'percent'; percent: number } | { kind: 'rest' };
  /** How many machines may end other than installed before the ring halts. */
  failureBudget: number;
}

export interface CategoryRule {
  name: string;
  /** Deployment order: a lower tier goes first. */
  tier: number;
  match: {
    tags: Record<string, string>;
    osType: 'windows' | 'linux' | null;
    /** Globs (`*` only), case-insensitive; null: any. */
    osName: string | null;
    name: string | null;
    resourceGroup: string | null;
    /** Exact GUID; null: any. */
    subscription: string | null;
  };
  windows: { staging: string; production: string };
  rings: RingRule[];
  /** Machines of this category patched at once, and in one wave. */
  inFlightMax: number;
  waveSizeMax: number;
  soakSeconds: number;
  /** Services that must run for a machine to be healthy. */
  services: string[];
  /** Role that may decide for this category. */
  approverRole: string;
  /** How a sick machine is unwound; `ask` quarantines it for a person (domain controllers, databases, clusters). */
  unwind: 'restorePoint' | 'ask';
  /** Whether production may receive part of a set that was tested whole, e.g. after a rejection. Recorded with each use. */
  subsetAllowed: boolean;
}

/** Who owns which machines; the first rule that matches counts. */
export interface OwnerRule {
  /** A mail address, or a name that the team knows. */
  owner: string;
  match: CategoryRule['match'];
  /** Only machines of this category; null: of any. */
  category: string | null;
}

/** A baseline as it is kept in Git: applying the policy drafts it when it differs from its newest version. */
export interface PolicyBaseline {
  name: string;
  category: string | null;
  content: BaselineContent;
}

export interface Person {
  name: string;
  mail: string;
  roles: string[];
}

/** A program that is told of every change; its address and its key are secrets, which policy only names. */
export interface ChangeWebhook {
  name: string;
  secret: string;
  signingSecret: string;
  allowPrivate: boolean;
  /** No ring begins before it has taken the change. */
  required: boolean;
}

export interface TestPolicy {
  /** How long a person's verdict on a test that said nothing is waited for, and how often it is reminded of. */
  verdictWithinMinutes: number;
  remindAfterMinutes: number;
  /** How often machines are probed while they soak. */
  soakProbeEveryMinutes: number;
  /** How long whoever is responsible is waited for. */
  checklistWithinMinutes: number;
  /** What people look at before a test counts, by category. */
  checklists: Record<string, ChecklistItem[]>;
}

export interface Policy {
  /** SHA-256 of the canonical policy; stored with each decision and plan. */
  version: string;
  environments: EnvironmentRule[];
  categories: CategoryRule[];
  windows: WindowRule[];
  freezes: Freeze[];
  owners: OwnerRule[];
  waivers: Waiver[];
  patchWaivers: PatchWaiverPolicy;
  emergency: EmergencyPolicy;
  changes: { webhooks: ChangeWebhook[] };
  baselines: PolicyBaseline[];
  priority: {
    /** CISA's table of BOD 26-04 as published, CSV. */
    bodTable: string;
    /** The most urgent first. */
    rules: DeadlineRule[];
    /** Machines that can be reached from the internet. One that no rule takes, and that no tag calls internal, is not known: it counts as exposed. */
    exposed: { match: CategoryRule['match'] }[];
    danger: DangerHours;
  };
  tests: TestPolicy;
  knownIssues: KnownIssuePolicy;
  isolation: IsolationPolicy;
  /** What machines are probed for besides agent, boot and services, by category. */
  probes: Record<string, ProbeRules>;
  supersedence: SupersedencePolicy;
  definitions: DefinitionPolicy;
  equivalence: EquivalencePolicy;
  /** Null: no copy of a production machine is built. */
  twins: TwinPolicy | null;
  /** What needs what: shown with each impact, in the order of tiers. */
  dependencies: Dependency[];
  limits: { inFlightMax: number; sessionMinutesMax: number; settleGraceMinutes: number; factsMaxAgeMinutes: number };
  approvals: ApprovalRules;
  polls: {
    floorSeconds: number;
    forecastSeconds: {
      install: number;
      restorePoint: number;
      assess: number;
      power: number;
      disk: number;
      runCommand: number;
    };
  };
  /** How often the fleet is listed and its guests are asked, compared with baselines, and deadlines are computed. Read when a worker starts. */
  schedules: { inventoryMinutes: number; complianceMinutes: number; urgencyMinutes: number };
  /** What is run in a guest whose patch waits for forensic evidence: names of built-in scripts. */
  forensics: { scripts: string[] };
  /** Subscriptions that may be written to. Any other is observed only. */
  mayInstall: string[];
  updateServer: { azureId: string | null; stagingGroup: string };
  channels: ChannelsPolicy;
  mail: { from: string };
  notices: NoticePolicy;
  /** Which claims of the identity provider give which roles. */
  signIn: SignInPolicy;
}
