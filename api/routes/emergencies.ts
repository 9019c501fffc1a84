// Emergencies: asked for by one person, signed for by others, ended, and reviewed afterwards by somebody who had no hand in it (I2, I6).

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  emergencyProblems,
  emergencyStatuses,
  isInForce,
  obstacleNamed,
  reviewDueAt,
  reviewProblems,
  signProblems,
  wantedObstacles,
  type Emergency,
} from '../../domain/emergency.js';
import { isOf, overrideText } from '../../domain/override.js';
import { justificationProblem } from '../../domain/justification.js';
import type { CategoryRule } from '../../domain/policy.js';
import { signedIn } from '../access.js';
import { beginOrLater } from '../begin.js';
import {
  EmergencyEndInput,
  EmergencyInput,
  EmergencyReviewInput,
  EmergencyView,
  OverrideInput,
} from '../contract/emergencies.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const Id = z.object({ id: z.string().max(100) });
const Filters = Paging.extend({
  patch: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  status: z.enum(emergencyStatuses).optional(),
  unreviewed: z.stringbool().optional().describe('Only those that nobody has reviewed yet'),
});

export function emergencyRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, signing, engine, clock, newId } = parts;
  const { emergencies } = inventory;

  app.get(
    '/v1/emergencies',
    { config: { permission: 'read' }, schema: { querystring: Filters, response: { 200: z.array(EmergencyView) } } },
    async ({ query: { patch, category, status, unreviewed, after, limit } }, reply) => {
      const rows = await emergencies.emergencies({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(patch === undefined ? {} : { patchIds: [patch] }),
        ...(category === undefined ? {} : { category }),
        ...(status === undefined ? {} : { status }),
        ...(unreviewed === true ? { reviewed: false } : {}),
      });
      tellNext(reply, rows, limit, (one) => one.emergencyId);
      return viewsOf(rows);
    },
  );

  app.get(
    '/v1/emergencies/:id',
    { config: { permission: 'read' }, schema: { params: Id, response: { 200: EmergencyView } } },
    async ({ params: { id } }) => viewOf(await required(id)),
  );

  app.post(
    '/v1/emergencies',
    { config: { permission: 'record' }, schema: { body: EmergencyInput, response: { 200: EmergencyView } } },
    async (request) => {
      const { patchId, category, windowOverride, freezeOverrides, quorumOverride, soakMinutes } = request.body;
      const by = signedIn(request);
      await requirePatch(parts, patchId);
      const { emergency: allowed, freezes, categories, approvals } = await policy.current();
      const { rules } = approvals;
      const rule = ruleNamed(categories, category);
      const soakSeconds = soakMinutes === null ? null : Math.round(soakMinutes * 60);
      const reason = request.body.reason.trim();
      const asked = {
        category,
        reason,
        window: windowOverride,
        freezes: [...new Set(freezeOverrides)],
        quorum: quorumOverride,
        soakSeconds,
      };
      const at = clock.now();
      const problems = emergencyProblems(asked, { policy: allowed, freezes, rules, by }, at);
      if (problems.length > 0) throw new ApiProblem(409, 'Refused', `${problems.join('; ')}.`);
      const made = await emergencies.open({
        emergencyId: newId(),
        patchId,
        category,
        reason,
        requestedBy: by.name,
        requestedAt: at,
        expiresAt: new Date(Date.parse(at) + allowed.expiresAfterMinutes * 60_000).toISOString(),
        wanted: wantedObstacles(asked, { windowRule: rule.windows.production, freezes, rules }),
        soakSeconds,
      });
      if (made === null)
        throw new ApiProblem(
          409,
          'Open already',
          `An emergency is open for ${patchId} in ${category}: \`patchline emergency list\` shows it.`,
        );
      await look(made.emergencyId, request.log);
      return viewOf(made);
    },
  );

  app.post(
    '/v1/emergencies/:id/overrides',
    { config: { permission: 'decide' }, schema: { params: Id, body: OverrideInput, response: { 200: EmergencyView } } },
    async (request) => {
      const held = await required(request.params.id);
      const { kind, names } = request.body;
      const by = signedIn(request);
      const reason = request.body.reason.trim();
      const { emergencyId, patchId, category, expiresAt } = held;
      const at = clock.now();
      const cycle = await inventory.decisions.request(patchId, category);
      const facts = {
        policy: (await policy.current()).emergency,
        person: by,
        cycleRequestedBy: cycle?.requestedBy ?? [],
      };
      const named = obstacleNamed(held, { kind, names }) ?? { kind, names: names ?? '', span: null };
      const unsigned = {
        overrideId: newId(),
        emergencyId,
        ...named,
        patchId,
        category,
        reason,
        by: by.name,
        at,
        expiresAt,
      };
      const override = { ...unsigned, signature: signing.sign(overrideText(unsigned)) };
      const signed = await emergencies.sign(override, (row) =>
        signProblems({ by: by.name, kind, names, reason }, row, facts, at),
      );
      return settled(signed, request.log);
    },
  );

  app.post(
    '/v1/emergencies/:id/overrides/revocation',
    { config: { permission: 'stop' }, schema: { params: Id, body: OverrideInput, response: { 200: EmergencyView } } },
    async (request) => {
      const held = await required(request.params.id);
      const { kind, names } = request.body;
      const reason = wordsOf(request.body.reason);
      const named = obstacleNamed(held, { kind, names });
      const word = { by: signedIn(request).name, reason, at: clock.now() };
      const revoked = named === null ? null : await emergencies.revoke(held.emergencyId, named, word);
      if (revoked === null)
        throw new ApiProblem(
          409,
          'Refused',
          `No override of ${kind} ${names ?? ''} stands: \`patchline emergency show ${held.emergencyId}\` shows what does.`,
        );
      await look(held.emergencyId, request.log);
      return viewOf(held);
    },
  );

  app.post(
    '/v1/emergencies/:id/end',
    {
      config: { permission: 'stop' },
      schema: { params: Id, body: EmergencyEndInput, response: { 200: EmergencyView } },
    },
    async (request) => {
      const { emergencyId } = await required(request.params.id);
      const reason = wordsOf(request.body.reason);
      const at = clock.now();
      const due = reviewDueAt((await policy.current()).emergency, at);
      const ended = await emergencies.end(emergencyId, { by: signedIn(request).name, reason, at, reviewDueAt: due });
      if (ended === null) throw unknown(emergencyId);
      await look(emergencyId, request.log);
      return viewOf(ended);
    },
  );

  app.post(
    '/v1/emergencies/:id/review',
    {
      config: { permission: 'decide' },
      schema: { params: Id, body: EmergencyReviewInput, response: { 200: EmergencyView } },
    },
    async (request) => {
      const held = await required(request.params.id);
      const { patchId, category, emergencyId } = held;
      const by = signedIn(request).name;
      const outcome = request.body.outcome.trim();
      const signed = await emergencies.overrides({ emergencyIds: [emergencyId] });
      const decided = await inventory.decisions.decisions({ patchId, category, accepted: true });
      const facts = {
        signers: signed.map((one) => one.by),
        approvers: decided.filter((one) => one.verdict === 'approve').map((one) => one.by),
      };
      const reviewed = await emergencies.review(emergencyId, { by, outcome, at: clock.now() }, (row) =>
        reviewProblems({ by, outcome }, row, facts),
      );
      return settled(reviewed, request.log);
    },
  );

  async function settled(
    answer: { emergency: Emergency; problems: string[] } | null,
    log: FastifyBaseLogger,
  ): Promise<EmergencyView> {
    if (answer === null) throw new Error('the emergency vanished');
    if (answer.problems.length > 0) throw new ApiProblem(409, 'Refused', `${answer.problems.join('; ')}.`);
    await look(answer.emergency.emergencyId, log);
    return viewOf(answer.emergency);
  }

  const look = (emergencyId: string, log: FastifyBaseLogger) =>
    beginOrLater(() => engine.startEmergency(emergencyId, true), `the timer of emergency ${emergencyId}`, log);

  async function required(id: string): Promise<Emergency> {
    const held = await emergencies.emergency(id);
    if (held === null) throw unknown(id);
    return held;
  }

  async function viewOf(emergency: Emergency): Promise<EmergencyView> {
    const [view] = await viewsOf([emergency]);
    if (view === undefined) throw new Error(`emergency ${emergency.emergencyId} is not shown`);
    return view;
  }

  async function viewsOf(rows: Emergency[]): Promise<EmergencyView[]> {
    if (rows.length === 0) return [];
    const emergencyIds = rows.map((one) => one.emergencyId);
    const [signed, uses] = [await emergencies.overrides({ emergencyIds }), await emergencies.uses({ emergencyIds })];
    const now = clock.now();
    return rows.map((row) => {
      const overrides = signed.filter((one) => one.emergencyId === row.emergencyId);
      const standing = isInForce(row, now) ? overrides.filter((one) => one.revokedAt === null) : [];
      const wanted = row.wanted.map((one) => ({
        kind: one.kind,
        names: one.names,
        signedBy: standing.find((override) => isOf(override, one))?.by ?? null,
      }));
      const runs = uses.filter((use) => use.emergencyId === row.emergencyId).map((use) => use.runKey);
      return { ...row, wanted, overrides, runs };
    });
  }
}

function ruleNamed(categories: CategoryRule[], name: string): CategoryRule {
  const rule = categories.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  throw new ApiProblem(404, 'Unknown category', `Policy has no category ${name}: \`policy show\` lists them.`);
}

function wordsOf(reason: string): string {
  const problem = justificationProblem(reason);
  if (problem !== null) throw new ApiProblem(400, 'No reason', `${problem.replace('justification', 'reason')}.`);
  return reason.trim();
}

function unknown(id: string): ApiProblem {
  return new ApiProblem(
    404,
    'Unknown emergency',
    `There is no emergency ${id}: \`patchline emergency list\` shows them.`,
  );
}
