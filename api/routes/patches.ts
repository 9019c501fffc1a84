// Patches and the decisions on them. A GET never decides anything; a POST signs on the signed-in person's behalf.

import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { decisionText } from '../../domain/decision.js';
import { deferralProblems, deferralWords } from '../../domain/deferral.js';
import { justificationProblem } from '../../domain/justification.js';
import { haltChoiceText } from '../../domain/haltChoice.js';
import { impactLines } from '../../domain/impactSigned.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import type { PatchRecord } from '../../ports/patches.js';
import { decideUpdate, haltChoiceSignal, rolloutStateQuery } from '../../workflows/messages.js';
import { signedIn, signedInBy } from '../access.js';
import { changesSince } from '../changes.js';
import {
  DecisionInput,
  DecisionReply,
  HaltChoiceInput,
  PatchDetail,
  PatchSummary,
  type RequestView,
  type WorkflowView,
} from '../contract/index.js';
import { asking } from '../asking.js';
import { Paging, tellNext } from '../paging.js';
import { equivalenceShown } from './equivalence.js';
import { ApiProblem } from '../problem.js';
import type { ApiParts } from '../parts.js';
import { lifeOf, requirePatch } from '../patchLife.js';
import { dueOfPatches, groupView, nothingDue, shownOf } from '../urgent.js';
import { deferralOf } from '../deferral.js';
import { requireVoter } from '../voter.js';
import { waiverViews } from '../waived.js';

const stageSecondsMax = 3;
const PatchId = z.object({ patchId: z.string().max(100) });

export function patchRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, windows, signing, client, clock, newId, web } = parts;

  app.get(
    '/v1/patches',
    { config: { permission: 'read' }, schema: { querystring: Paging, response: { 200: z.array(PatchSummary) } } },
    async ({ query: { after, limit } }, reply) => {
      const records = await inventory.patches.patches({ limit, ...(after === undefined ? {} : { after }) });
      tellNext(reply, records, limit, ({ patch }) => patch.patchId);
      const due = await dueOfPatches(
        inventory,
        records.map((record) => record.patch.patchId),
        clock.now(),
      );
      return records.map((record) => summaryOf(record, due.get(record.patch.patchId)));
    },
  );

  app.get(
    '/v1/patches/:patchId',
    { config: { permission: 'read' }, schema: { params: PatchId, response: { 200: PatchDetail } } },
    async ({ params: { patchId } }) => {
      const record = await requirePatch(parts, patchId);
      const now = clock.now();
      const [tests, requests, decisions, machines, due, rules, waivers] = await Promise.all([
        inventory.tests.testResults({ patchId }),
        inventory.decisions.requests({ patchId }),
        inventory.decisions.decisions({ patchId }),
        inventory.runs.manifest({ patchId }),
        inventory.due.groups({ patchIds: [patchId], now }),
        policy.current(),
        inventory.patchWaivers.waivers({ patchIds: [patchId] }),
      ]);
      const names = await inventory.fleet.names(requests.flatMap((request) => request.subject.vmIds));
      return {
        ...summaryOf(record, shownOf(due)),
        due: due.map((group) => groupView(group, rules, windows, now)),
        cveIds: record.patch.cves,
        supersedes: record.patch.supersedes,
        restart: record.patch.restart,
        tests: tests.map((test) => ({ ...test, machines: test.vmIds.length })),
        requests: requests.map((request) => ({
          ...requestView(request, names),
          since: changesSince(requests, decisions, request, names),
        })),
        decisions,
        machines,
        workflows: await Promise.all(
          [`patch/${patchId}`, ...categoriesOf(requests).map((category) => `rollout/${patchId}/${category}`)].map(
            workflowOf,
          ),
        ),
        ...(await lifeOf(parts, record)),
        waivers: await waiverViews(parts, waivers),
        changes: await inventory.changes.changes({ patchId }),
      };
    },
  );

  app.post(
    '/v1/patches/:patchId/decisions',
    {
      config: { permission: 'read' },
      schema: { params: PatchId, body: DecisionInput, response: { 200: DecisionReply } },
    },
    async (request) => {
      const { patchId } = request.params;
      const { category, verdict, justification, digest, onBehalfOf } = request.body;
      await requireVoter(parts, signedIn(request), category);
      await requirePatch(parts, patchId);
      const problem = justificationProblem(justification);
      if (problem !== null) throw new ApiProblem(400, 'Justification required', problem);
      const deferral = await deferralOf(parts, request.body);
      const wrong = deferralProblems(verdict, deferral, clock.now());
      if (wrong.length > 0) throw new ApiProblem(400, 'Not a deferral', `${wrong.join('; ')}.`);
      const unsigned = {
        decisionId: newId(),
        patchId,
        category,
        verdict,
        justification,
        ...deferral,
        digest,
        by: signedIn(request).name,
        at: clock.now(),
        onBehalfOf,
        signedInBy: signedInBy(request),
      };
      const decision = { ...unsigned, signature: signing.sign(decisionText(unsigned)) };
      const reply = await asking(patchId, category, () =>
        client.workflow
          .getHandle(`rollout/${patchId}/${category}`)
          .executeUpdate(decideUpdate, { args: [decision], updateId: decision.decisionId }),
      );
      return {
        decisionId: decision.decisionId,
        ...reply,
        ...(reply.accepted && verdict === 'defer' ? { deferred: deferralWords(deferral) } : {}),
      };
    },
  );

  app.post(
    '/v1/patches/:patchId/halt-choice',
    {
      config: { permission: 'decide' },
      schema: { params: PatchId, body: HaltChoiceInput, response: { 200: z.object({ sent: z.boolean() }) } },
    },
    async (request) => {
      const { category, choice, reason } = request.body;
      const { patchId } = request.params;
      const halted = await inventory.decisions.request(patchId, category);
      const unsigned = {
        choiceId: newId(),
        patchId,
        category,
        requestId: halted?.requestId ?? 'none',
        choice,
        by: signedIn(request).name,
        reason,
        at: clock.now(),
      };
      const signed = { ...unsigned, signature: signing.sign(haltChoiceText(unsigned)) };
      await asking(patchId, category, () =>
        client.workflow.getHandle(`rollout/${patchId}/${category}`).signal(haltChoiceSignal, signed),
      );
      return { sent: true };
    },
  );

  function historyUrl(workflowId: string): string | null {
    return web.workflowsUrl === null ? null : `${web.workflowsUrl}/${encodeURIComponent(workflowId)}`;
  }

  async function workflowOf(workflowId: string): Promise<WorkflowView> {
    const handle = client.workflow.getHandle(workflowId);
    try {
      const { status, runId } = await handle.describe();
      const isRollout = status.name === 'RUNNING' && workflowId.startsWith('rollout/');
      return {
        workflowId,
        status: status.name,
        stage: isRollout ? await stageOf(workflowId) : null,
        // Of that very run: another may have begun meanwhile, and its result would be waited for.
        result: status.name === 'COMPLETED' ? await client.workflow.getHandle(workflowId, runId).result() : null,
        url: historyUrl(workflowId),
      };
    } catch (failure) {
      if (failure instanceof WorkflowNotFoundError)
        return { workflowId, status: 'UNKNOWN', stage: null, result: null, url: null };
      throw failure;
    }
  }

  /** A worker that is busy or away does not keep a reader waiting: then the stage is not known just now. */
  async function stageOf(workflowId: string): Promise<string | null> {
    const ask = () => client.workflow.getHandle(workflowId).query(rolloutStateQuery);
    return client.connection.withDeadline(Date.now() + stageSecondsMax * 1000, ask).then(
      (state) => state.stage,
      () => null,
    );
  }
}

function categoriesOf(requests: DecisionRequest[]): string[] {
  return [...new Set(requests.map((request) => request.category))];
}

function summaryOf(
  { patch, stage, stageDetail, needed }: PatchRecord,
  due: Pick<PatchSummary, 'tier' | 'deadline' | 'overdue' | 'waived'> = { ...nothingDue, overdue: 0, waived: 0 },
): PatchSummary {
  return {
    patchId: patch.patchId,
    title: patch.title,
    severity: patch.severity,
    cves: patch.cves.length,
    exploited: patch.exploited,
    stage,
    stageDetail,
    needed: Math.max(0, needed - due.waived),
    ...due,
  };
}

function requestView({ subject, ...request }: DecisionRequest, names: Map<string, string>): Omit<RequestView, 'since'> {
  return {
    ...request,
    machines: subject.vmIds.length,
    testedSet: subject.testedSet,
    rings: subject.rings.map((ring) => ({
      name: ring.name,
      machines: ring.vmIds.length,
      names: ring.vmIds.map((vmId) => names.get(vmId) ?? vmId),
      failureBudget: ring.failureBudget,
    })),
    windowRule: subject.windowRule,
    unwind: subject.unwind,
    downtimeMinutes: subject.impact.downtimeMinutes,
    reboots: subject.impact.reboots,
    services: subject.impact.services,
    packages: (subject.packages ?? []).map(({ system, name, version }) => ({ system, name, version })),
    knownIssues: subject.knownIssues ?? [],
    successor: subject.successor ?? null,
    impact: { ...subject.impact, lines: impactLines(subject.impact) },
    exceptions: (subject.exceptions ?? []).map(({ vmName, by, until, reason }) => ({ vmName, by, until, reason })),
    arrivals: subject.arrivals?.words ?? null,
    equivalence: equivalenceShown(subject.equivalence),
  };
}
