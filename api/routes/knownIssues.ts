// Known issues of patches, and the word of those who decide: accepted for a category, or a superseded patch kept nevertheless.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { needOf } from '../../domain/demand.js';
import { acceptanceProblem, type KnownIssue } from '../../domain/knownIssue.js';
import type { Patch } from '../../domain/patch.js';
import { keepProblem, successorsOf } from '../../domain/succession.js';
import { signedIn } from '../access.js';
import {
  KeepInput,
  KnownIssueAcceptInput,
  KnownIssueCloseInput,
  KnownIssueInput,
  KnownIssueView,
  SuccessionView,
} from '../contract/index.js';
import { tellWaiting } from '../deferral.js';
import { spreadNews } from '../news.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { issueViews, requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const PatchId = z.object({ patchId: z.string().max(100) });
const IssueId = z.object({ issueId: z.string().max(100) });

export function knownIssueRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock, newId } = parts;
  const { knownIssues } = inventory;

  app.get(
    '/v1/known-issues',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          patchId: z.string().max(100).optional(),
          open: z.enum(['true', 'false']).optional(),
        }),
        response: { 200: z.array(KnownIssueView) },
      },
    },
    async ({ query: { patchId, open, after, limit } }, reply) => {
      const issues = await knownIssues.issues({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(patchId === undefined ? {} : { patchIds: [patchId] }),
        ...(open === undefined ? {} : { open: open === 'true' }),
      });
      tellNext(reply, issues, limit, (issue) => issue.issueId);
      return issueViews(parts, issues);
    },
  );

  app.post(
    '/v1/patches/:patchId/known-issues',
    {
      config: { permission: 'operate' },
      schema: { params: PatchId, body: KnownIssueInput, response: { 200: KnownIssueView } },
    },
    async (request) => {
      const { patchId } = request.params;
      await requirePatch(parts, patchId);
      const written = { issueId: newId(), patchId, source: 'manual' as const, ...request.body };
      const issue = await knownIssues.open({ ...written, openedBy: signedIn(request).name, openedAt: clock.now() });
      await spreadNews(parts, patchId, request.log);
      return viewOf(issue);
    },
  );

  app.post(
    '/v1/known-issues/:issueId/close',
    {
      config: { permission: 'operate' },
      schema: { params: IssueId, body: KnownIssueCloseInput, response: { 200: KnownIssueView } },
    },
    async (request) => {
      const { issueId } = request.params;
      const held = await requireIssue(issueId);
      const end = { by: signedIn(request).name, at: clock.now(), outcome: request.body.outcome };
      const closed = await knownIssues.close(issueId, end);
      if (closed === null) throw closedAlready(held);
      await spreadNews(parts, closed.patchId, request.log);
      await tellWaiting(parts, { kind: 'knownIssue', id: issueId }, request.log);
      return viewOf(closed);
    },
  );

  app.post(
    '/v1/known-issues/:issueId/accept',
    {
      config: { permission: 'decide' },
      schema: { params: IssueId, body: KnownIssueAcceptInput, response: { 200: KnownIssueView } },
    },
    async (request) => {
      const { issueId } = request.params;
      const { category, reason } = request.body;
      const issue = await requireIssue(issueId);
      const person = signedIn(request);
      const rule = (await policy.current()).categories.find((one) => one.name === category);
      if (rule === undefined)
        throw new ApiProblem(
          404,
          'Unknown category',
          `Policy has no category ${category}: \`policy show\` lists them.`,
        );
      const problem = acceptanceProblem(issue, person, rule.approverRole);
      if (problem !== null) throw new ApiProblem(409, 'Refused', `${problem}.`);
      const answer = await knownIssues.accept({ issueId, category, by: person.name, reason, at: clock.now() });
      if (answer === 'closed') throw closedAlready(await requireIssue(issueId));
      await spreadNews(parts, issue.patchId, request.log);
      return viewOf(issue);
    },
  );

  app.post(
    '/v1/patches/:patchId/keep',
    {
      config: { permission: 'decide' },
      schema: { params: PatchId, body: KeepInput, response: { 200: SuccessionView } },
    },
    async (request) => {
      const { patchId } = request.params;
      const { patch } = await requirePatch(parts, patchId);
      const person = signedIn(request);
      const successor = successorsOf([patchId], await inventory.patches.related([patchId])).get(patchId) ?? null;
      const problem = keepProblem(person, { successor, ...(await decidersOf(patch)) });
      if (problem !== null || successor === null) throw new ApiProblem(409, 'Refused', `${problem ?? ''}.`);
      const word = { successor, by: person.name, reason: request.body.reason, at: clock.now() };
      const { keptAgainst, keptBy, keptReason, keptAt } = await inventory.successions.keep(patchId, word);
      await spreadNews(parts, patchId, request.log);
      return { successor, keptAgainst, keptBy, keptReason, keptAt };
    },
  );

  /** Who decides wherever a machine needs it, or it was tested or asked for; and who asked for it. */
  async function decidersOf(patch: Patch): Promise<{ approverRoles: string[]; requestedBy: string[] }> {
    const { patchId } = patch;
    const requests = await inventory.decisions.requests({ patchId });
    const tests = await inventory.tests.testResults({ patchId });
    const vms = await inventory.fleet.vms({ environment: 'production', existing: true });
    const needing = vms.filter((vm) => needOf(patch, vm).kind === 'needed').map((vm) => vm.category);
    const categories = new Set([...needing, ...[...requests, ...tests].map((one) => one.category)]);
    const rules = (await policy.current()).categories.filter((rule) => categories.has(rule.name));
    return {
      approverRoles: [...new Set(rules.map((rule) => rule.approverRole))],
      requestedBy: [...new Set(requests.flatMap((request) => request.requestedBy))],
    };
  }

  async function requireIssue(issueId: string): Promise<KnownIssue> {
    const [issue] = await knownIssues.issues({ issueId });
    if (issue === undefined)
      throw new ApiProblem(
        404,
        'Unknown issue',
        `There is no known issue ${issueId}: \`patchline known-issue list\` shows them.`,
      );
    return issue;
  }

  async function viewOf(issue: KnownIssue): Promise<KnownIssueView> {
    const [view] = await issueViews(parts, [issue]);
    if (view === undefined) throw new Error(`the known issue ${issue.issueId} is not shown`);
    return view;
  }
}

function closedAlready({ closedAt, closedBy }: KnownIssue): ApiProblem {
  return new ApiProblem(409, 'Closed already', `It was closed at ${closedAt ?? '?'} by ${closedBy ?? '?'}.`);
}
