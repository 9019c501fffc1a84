// One decision over everything of a category that waits: what it would cover, signing it, and what became of it.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { bundleText } from '../../domain/decisionBundle.js';
import { mostUrgent } from '../../domain/due.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import { signedIn } from '../access.js';
import { bundleOf, bundleView, orderDigest, sendBundle, shownDigest, standingsOf, waitingOf } from '../bundles.js';
import { changesSince } from '../changes.js';
import { BundleInput, BundleView, WaitingBundle, bundleSizeMax } from '../contract/decisionBundles.js';
import type { ApiParts } from '../parts.js';
import type { Caller } from '../permissions.js';
import { ApiProblem } from '../problem.js';
import { requireVoter, voterProblem } from '../voter.js';

const BundleId = z.object({ bundleId: z.string().max(80) });

export function decisionBundleRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, signing } = parts;

  app.get(
    '/v1/decisions/waiting',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({
          category: z.string().max(100),
          month: z.string().max(20).optional(),
          patches: z
            .string()
            .max(10_000)
            .optional()
            .describe('Only these, with commas between; left out: all that waits'),
        }),
        response: { 200: WaitingBundle },
      },
    },
    async (request) => {
      const { category, month, patches } = request.query;
      await requireCategory(category);
      const wanted = patches?.split(',');
      const requests = (await waitingOf(parts, category, month)).filter(
        ({ patchId }) => wanted === undefined || wanted.includes(patchId),
      );
      const bundle = await waitingBundle(category, requests.slice(0, bundleSizeMax));
      return { ...bundle, closed: await closedTo(request.caller, category) };
    },
  );

  app.post(
    '/v1/categories/:category/decisions',
    {
      // Owners and delegates decide as well, whatever their roles.
      config: { permission: 'read' },
      schema: {
        params: z.object({ category: z.string().max(100) }),
        body: BundleInput,
        response: { 200: BundleView },
      },
    },
    async (request) => {
      const { category } = request.params;
      const by = signedIn(request).name;
      await requireCategory(category);
      await requireVoter(parts, signedIn(request), category);
      const { bundleId, dryRun } = request.body;
      const held = bundleId === undefined ? null : await inventory.decisionBundles.bundle(bundleId);
      if (held !== null) {
        if (held.by !== by || held.orderDigest !== orderDigest(parts, category, request.body))
          throw new ApiProblem(409, 'Another order', `${held.bundleId} was signed for another order: take a new id.`);
        return sendBundle(parts, held);
      }
      const unsigned = await bundleOf(parts, category, request.body, by);
      if (dryRun) return bundleView(unsigned, new Map());
      const bundle = { ...unsigned, signature: signing.sign(bundleText(unsigned)) };
      return sendBundle(parts, await inventory.decisionBundles.sign(bundle));
    },
  );

  app.get(
    '/v1/decisions/bundles/:bundleId',
    { config: { permission: 'read' }, schema: { params: BundleId, response: { 200: BundleView } } },
    async ({ params: { bundleId } }) => {
      const held = await requireBundle(bundleId);
      return bundleView(held, await standingsOf(parts, held));
    },
  );

  app.post(
    '/v1/decisions/bundles/:bundleId/sending',
    {
      config: { permission: 'read' },
      schema: { params: BundleId, response: { 200: BundleView } },
    },
    async (request) => {
      const held = await requireBundle(request.params.bundleId);
      if (held.by !== signedIn(request).name)
        throw new ApiProblem(409, 'Not yours', `${held.by} signed it: ${held.by} sends it again.`);
      return sendBundle(parts, held);
    },
  );

  async function requireBundle(bundleId: string) {
    const held = await inventory.decisionBundles.bundle(bundleId);
    if (held === null)
      throw new ApiProblem(404, 'Unknown bundle', `${bundleId} was never signed: nothing was decided by it.`);
    return held;
  }

  async function requireCategory(category: string): Promise<void> {
    const names = (await policy.current()).categories.map((rule) => rule.name);
    if (!names.includes(category))
      throw new ApiProblem(404, 'Unknown category', `Policy has no category ${category}: it has ${names.join(', ')}.`);
  }

  /** A pipeline decides nothing. */
  async function closedTo(caller: Caller | null, category: string): Promise<string | null> {
    if (caller === null || caller.by === 'service') return 'Only people decide.';
    return voterProblem(parts, caller.person, category);
  }

  async function waitingBundle(category: string, requests: DecisionRequest[]): Promise<Omit<WaitingBundle, 'closed'>> {
    const patchIds = requests.map((request) => request.patchId);
    const [earlier, decisions, records] = await Promise.all([
      inventory.decisions.requests({ patchIds }),
      inventory.decisions.decisions({ patchIds, category }),
      Promise.all(patchIds.map((patchId) => inventory.patches.patch(patchId))),
    ]);
    const names = await inventory.fleet.names([...new Set(earlier.flatMap((request) => request.subject.vmIds))]);
    const titles = new Map(
      records.flatMap((record) => (record === null ? [] : [[record.patch.patchId, record.patch.title]])),
    );
    const subjects = requests.map((request) => request.subject);
    const minutes = subjects.map((subject) => subject.impact.downtimeMinutes);
    const dated = requests.flatMap(({ urgency }) => (urgency === null ? [] : [urgency]));
    return {
      category,
      bundleDigest: shownDigest(parts, requests),
      requests: requests.map((request) => {
        const { requestId, patchId, digest, urgency, expiresAt, requestedBy, subject } = request;
        const mine = earlier.filter((one) => one.patchId === patchId);
        const given = decisions.filter((one) => one.patchId === patchId);
        return {
          requestId,
          patchId,
          title: titles.get(patchId) ?? '',
          digest,
          tier: urgency?.tier ?? null,
          deadline: urgency?.deadline ?? null,
          expiresAt,
          machines: subject.vmIds.length,
          downtimeMinutes: subject.impact.downtimeMinutes,
          reboots: subject.impact.reboots,
          knownIssues: subject.knownIssues?.length ?? 0,
          arrivals: subject.arrivals?.words ?? null,
          requestedBy,
          since: changesSince(mine, given, request, names)?.line ?? null,
        };
      }),
      machines: new Set(subjects.flatMap((subject) => subject.vmIds)).size,
      installations: subjects.reduce((sum, subject) => sum + subject.vmIds.length, 0),
      downtimeMinutes: { sum: minutes.reduce((sum, one) => sum + one, 0), longest: Math.max(0, ...minutes) },
      reboots: subjects.reduce((sum, subject) => sum + subject.impact.reboots, 0),
      services: [...new Set(subjects.flatMap((subject) => subject.impact.services))].toSorted(),
      deadline: mostUrgent(dated)?.deadline ?? null,
      decideBy: requests.map((request) => request.expiresAt).toSorted()[0] ?? null,
    };
  }
}
