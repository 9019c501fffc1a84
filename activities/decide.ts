// What a person is asked, and whether the answer counts. Only a signed decision on the digest that was shown opens anything (I1, I5, I6).

import { approvalPath } from '../domain/approvalPath.js';
import { canonical } from '../domain/canonical.js';
import {
  decisionText,
  judgeDecision,
  readDecision,
  type DecisionSubject,
  type SignedDecision,
} from '../domain/decision.js';
import { testedPackages, type TestedPackage } from '../domain/installation.js';
import type { Patch } from '../domain/patch.js';
import { systemOf } from '../domain/system.js';
import { ringsOf } from '../domain/ring.js';
import type { CategoryRule, Policy } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import type { TestResult } from '../ports/inventory.js';
import type { NoticeKind } from '../ports/notices.js';
import { approversOf, rolesOf } from './concerned.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';
import { dueWords, urgencyLines, urgencyShown } from './requestUrgency.js';
import { lifeToAskWith } from './review.js';

export interface DecisionAsked {
  requestId: string;
  digest: string;
  expiresAt: string;
  remindEverySeconds: number;
  /** Whether a deferral keeps later tiers waiting. */
  deferralBlocks: boolean;
  machines: number;
}

export interface DecisionAnswer {
  decisionId: string;
  accepted: boolean;
  reasons: string[];
  verdict: SignedDecision['verdict'];
  deferUntil: string | null;
}

export function createDecideActivities(ports: Ports) {
  const { patches, fleet, decisions, tests, runs, events } = ports.inventory;

  async function ruleOf(category: string): Promise<{ policy: Policy; rule: CategoryRule }> {
    const policy = await ports.policy.current();
    const rule = policy.categories.find((candidate) => candidate.name === category);
    if (rule === undefined) throw givenUp(`policy ${policy.version} has no category ${category}`);
    return { policy, rule };
  }

  return {
    /** What the test measured and what production it touches, per category that passed. */
    async recordImpact(input: { patchId: string; categories: string[] }): Promise<void> {
      for (const category of input.categories) {
        const { rule } = await ruleOf(category);
        const [test] = await tests.testResults({ patchId: input.patchId, category });
        const machines = await needingMachines(input.patchId, category, 'production');
        await decisions.saveImpact({
          patchId: input.patchId,
          category,
          downtimeMinutes: test?.downtimeMinutes ?? 0,
          reboots: test?.reboots ?? 0,
          vmIds: machines.map((vm) => vm.vmId),
          services: rule.services,
          order: rule.rings.map((ring) => ring.name),
          at: ports.clock.now(),
        });
      }
      await patches.setStage(input.patchId, 'recordingImpact', input.categories.join(', '));
    },

    /** Opens the request for one category; null when nothing there may be decided on, with the reason. */
    async requestDecision(input: {
      patchId: string;
      category: string;
      requestedBy: string[];
      occasion: string;
    }): Promise<{ asked: DecisionAsked | null; reason: string; recalled?: 'superseded' | 'revised' }> {
      const { policy, rule } = await ruleOf(input.category);
      const life = await lifeToAskWith(ports, input.patchId, input.category);
      if ('recalled' in life) return { asked: null, ...life };
      const [test] = await tests.testResults({ patchId: input.patchId, category: input.category });
      if (test === undefined || test.verdict !== 'passed')
        return { asked: null, reason: `its staging test ${test === undefined ? 'is missing' : test.verdict}` };
      if (life.revisedAt !== null && life.revisedAt > test.at)
        return {
          asked: null,
          reason: `the vendor changed its content at ${life.revisedAt}, after its test`,
          recalled: 'revised',
        };
      const machines = await testedMachines(input.patchId, input.category, test);
      if (machines.length === 0)
        return { asked: null, reason: 'no production machine that needs it has an equivalent among the tested ones' };
      const subject = { ...(await subjectOf(input.patchId, rule, test, machines)), ...life.shown };
      const digest = ports.digests.sha256(canonical(subject));
      const at = ports.clock.now();
      const urgency = await urgencyShown(ports, subject, machines);
      const { expireAfterMinutes } = approvalPath(policy.approvals, rule.approverRole, urgency?.tier ?? null);
      const expiresAt = new Date(Date.parse(at) + expireAfterMinutes * 60_000).toISOString();
      // The occasion is the workflow's round: asked again by a retry it is the same request and stands as first asked; after a deferral it is a new one.
      const requestId = `${input.patchId}/${input.category}/${input.occasion}`;
      const stored = await decisions.openRequest({
        requestId,
        patchId: input.patchId,
        category: input.category,
        digest,
        subject,
        requestedBy: input.requestedBy,
        requestedAt: at,
        expiresAt,
        urgency,
      });
      const tier = stored.urgency?.tier ?? null;
      await patches.setStage(input.patchId, 'awaitingDecision', input.category);
      await tellApprovers(
        'decisionNeeded',
        input.patchId,
        rule,
        `Decision needed${dueWords(stored.urgency)}: ${input.patchId} for ${input.category}`,
        [
          ...urgencyLines(stored.urgency),
          `${machines.length} production machines, tested with ${subject.testedSet.join(', ')}.`,
          ...life.lines,
          `Decide by ${stored.expiresAt}: patchline patch show ${input.patchId}`,
          `Digest ${stored.digest}`,
        ],
        `${requestId}/asked`,
        tier,
      );
      return {
        asked: {
          requestId,
          digest: stored.digest,
          expiresAt: stored.expiresAt,
          deferralBlocks: policy.approvals.deferBlocksLaterTiers,
          remindEverySeconds: approvalPath(policy.approvals, rule.approverRole, tier).remindAfterMinutes * 60,
          machines: stored.subject.vmIds.length,
        },
        reason: '',
      };
    },

    /** Verifies signature, role and duties against today's policy; refused ones are recorded and told. */
    async recordDecision(input: { received: unknown; patchId: string; category: string }): Promise<DecisionAnswer> {
      const decision = readDecision(input.received);
      if (decision === null) return refuse(input.received, 'the message is not a decision');
      if (decision.patchId !== input.patchId || decision.category !== input.category)
        return refuse(input.received, `a decision for another rollout came to ${input.patchId}, ${input.category}`);
      const { policy, rule } = await ruleOf(decision.category);
      const people = await ports.policy.people();
      const person = people.find((candidate) => candidate.name === decision.by) ?? null;
      const signatureValid = ports.digests.verify(decisionText(decision), decision.signature);
      const at = ports.clock.now();
      const recorded = await decisions.recordDecision(
        decision,
        ({ request, alreadyUsed }) => {
          const waiting = request !== null && request.status === 'waiting' ? request : null;
          // Today's policy, for the urgency that was shown.
          const approverRoles = rolesOf(policy, rule, waiting?.urgency?.tier ?? null);
          const verdict = judgeDecision(
            decision,
            { request: waiting, signatureValid, person, approverRoles, alreadyUsed },
            at,
          );
          return {
            accepted: verdict.kind === 'open',
            reasons: verdict.kind === 'closed' ? verdict.reasons : [],
            policyVersion: policy.version,
          };
        },
        at,
      );
      if (!signatureValid) {
        await tellApprovers(
          'alarm',
          decision.patchId,
          rule,
          `ALARM: an unsigned decision on ${decision.patchId} was refused`,
          [`It claimed to come from ${decision.by}.`],
          `decision/${decision.decisionId}/alarm`,
        );
      }
      return {
        decisionId: decision.decisionId,
        accepted: recorded.accepted,
        reasons: recorded.reasons,
        verdict: decision.verdict,
        deferUntil: decision.deferUntil,
      };
    },

    async remindApprovers(input: {
      patchId: string;
      category: string;
      requestId: string;
      count: number;
    }): Promise<void> {
      const { rule } = await ruleOf(input.category);
      const request = await decisions.request(input.patchId, input.category);
      const urgency = request?.requestId === input.requestId ? request.urgency : null;
      await tellApprovers(
        'decisionReminder',
        input.patchId,
        rule,
        `Reminder ${input.count}: ${input.patchId} for ${input.category} awaits a decision${dueWords(urgency)}`,
        [...urgencyLines(urgency), 'Silence approves nothing.'],
        `${input.requestId}/reminder-${input.count}`,
        urgency?.tier ?? null,
      );
    },

    /** `decided` when somebody's decision was recorded in the same moment: that one stands. */
    async expireRequest(input: {
      requestId: string;
      patchId: string;
      category: string;
    }): Promise<'expired' | 'decided'> {
      await decisions.closeRequest(input.requestId, 'expired');
      const request = await decisions.request(input.patchId, input.category);
      if (request?.requestId === input.requestId && request.status === 'decided') return 'decided';
      return 'expired';
    },

    async tellHalt(input: { patchId: string; category: string; detail: string; occasion: string }): Promise<void> {
      const { rule } = await ruleOf(input.category);
      const key = `${input.patchId}/${input.category}/${input.occasion}/halted`;
      await events.append({
        key,
        at: ports.clock.now(),
        who: 'rollout',
        what: `${input.patchId} for ${input.category} halted`,
        why: input.detail,
        patchId: input.patchId,
        vmId: null,
        runKey: null,
      });
      await tellApprovers(
        'halted',
        input.patchId,
        rule,
        `HALTED: ${input.patchId} for ${input.category}`,
        [input.detail, 'Nothing more is installed until you choose: ask again for what is left, or end the rollout.'],
        key,
      );
    },

    /** The approved rings, in order. */
    async approvedRings(input: { patchId: string; category: string; digest: string }): Promise<string[]> {
      const request = await decisions.request(input.patchId, input.category);
      if (request === null || request.digest !== input.digest)
        throw givenUp(`${input.patchId} for ${input.category} has no request with digest ${input.digest}`);
      return request.subject.rings.filter((ring) => ring.vmIds.length > 0).map((ring) => ring.name);
    },
  };

  /** Anybody with write access to the engine can send anything: it is noted and refused. */
  async function refuse(received: unknown, reason: string): Promise<DecisionAnswer> {
    const text = canonical(received).slice(0, 500);
    await events.append({
      key: `decision/refused/${ports.digests.sha256(`${reason}/${text}`)}`,
      at: ports.clock.now(),
      who: 'unknown',
      what: `refused: ${reason}`,
      why: text,
      patchId: null,
      vmId: null,
      runKey: null,
    });
    return { decisionId: '', accepted: false, reasons: [reason], verdict: 'reject', deferUntil: null };
  }

  async function needingMachines(patchId: string, category: string, environment: Vm['environment']): Promise<Vm[]> {
    const demand = await patches.demand({ patchId });
    const needing = new Set(demand.map((row) => row.vmId));
    return (await fleet.vms({ environment, category, existing: true })).filter((vm) => needing.has(vm.vmId));
  }

  /** Machines whose operating system stood in the test. Others have no equivalent in staging and are not in what may be approved (I1). */
  async function testedMachines(patchId: string, category: string, test: TestResult): Promise<Vm[]> {
    const staging = await fleet.vms({ environment: 'staging', category });
    const systems = new Set(staging.filter((vm) => test.vmIds.includes(vm.vmId)).map(systemOf));
    const installed = new Set(
      (await runs.manifest({ patchId })).filter((row) => row.state === 'installed').map((row) => row.vmId),
    );
    const machines = await needingMachines(patchId, category, 'production');
    return machines.filter((vm) => {
      const system = systemOf(vm);
      return system !== null && systems.has(system) && !installed.has(vm.vmId);
    });
  }

  async function subjectOf(
    patchId: string,
    rule: CategoryRule,
    test: TestResult,
    machines: Vm[],
  ): Promise<DecisionSubject> {
    const record = await patches.patch(patchId);
    if (record === null) throw givenUp(`${patchId} is not in the inventory`);
    const impact = await decisions.impact(patchId, rule.name);
    return {
      patchId,
      category: rule.name,
      revision: `${record.patch.source.document}@${record.patch.source.revision ?? ''}`,
      vmIds: machines.map((vm) => vm.vmId).sort(),
      testedSet: test.testedSet,
      testRunKey: test.runKey,
      testVerdict: test.verdict,
      impact: {
        downtimeMinutes: impact?.downtimeMinutes ?? 0,
        reboots: impact?.reboots ?? 0,
        vms: machines.length,
        services: rule.services,
        order: rule.rings.map((ring) => ring.name),
      },
      rings: ringsOf(rule, machines),
      windowRule: rule.windows.production,
      unwind: rule.unwind,
      subsetAllowed: rule.subsetAllowed,
      ...(record.patch.packages.length === 0 ? {} : { packages: await packagesTested(record.patch, test) }),
    };
  }

  /** Of Linux: the versions that passed are what is asked about, and what production gets (I1). */
  async function packagesTested(patch: Patch, { runKey, category }: TestResult): Promise<TestedPackage[]> {
    const rows = await runs.manifest({ runKey, patchId: patch.patchId });
    return testedPackages(patch, rows, await fleet.vms({ environment: 'staging', category }));
  }

  async function tellApprovers(
    kind: NoticeKind,
    patchId: string,
    rule: CategoryRule,
    subject: string,
    lines: string[],
    occasion: string,
    tier: string | null = null,
  ): Promise<void> {
    const to = await approversOf(ports, [rule.name], tier);
    await ports.notices.tell({
      kind,
      urgency: kind === 'halted' || kind === 'alarm' ? 'page' : 'routine',
      to,
      subject,
      lines: [...lines, '', `Patch ${patchId}`],
      occasion,
      patchId,
      category: rule.name,
    });
  }
}
