// The policy in force and how it changes: planned, applied, by a second person where one alone could open a gate (I6).

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { canonical } from '../../domain/canonical.js';
import { changesBetween, effectOn } from '../../domain/policyChange.js';
import type { Policy } from '../../domain/policy.js';
import type { PolicyVersion } from '../../ports/policyVersions.js';
import type { PolicySource } from '../../ports/policy.js';
import { signedIn } from '../access.js';
import {
  PolicyCategoryView,
  PolicyInput,
  PolicyPlan,
  PolicyProposal,
  PolicySettlement,
  PolicyText,
  PolicyVersionView,
} from '../contract/index.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const Seq = z.object({ seq: z.coerce.number().int().min(1) });

export function policyRoutes(
  scope: FastifyInstance,
  { inventory, policy, policyReader, clock, engine }: ApiParts,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { policies } = inventory;

  app.get('/v1/policy', { config: { permission: 'read' }, schema: { response: { 200: PolicyText } } }, () => inForce());

  app.get(
    '/v1/policy/categories',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(PolicyCategoryView) } } },
    async () => {
      const { categories, windows: rules } = await policy.current();
      const zoneOf = (id: string): string | null => {
        const rule = rules.find((one) => one.id === id);
        return rule?.kind === 'weekly' ? rule.zone : null;
      };
      return categories.map(({ name, tier, windows, rings }) => ({
        name,
        tier,
        windows,
        zones: { staging: zoneOf(windows.staging), production: zoneOf(windows.production) },
        rings: rings.map((ring) => ring.name),
      }));
    },
  );

  app.get(
    '/v1/policy/versions',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(PolicyVersionView) } } },
    async () => (await policies.versions({})).map(withoutText),
  );

  app.get(
    '/v1/policy/versions/:seq',
    { config: { permission: 'read' }, schema: { params: Seq, response: { 200: PolicyText } } },
    async ({ params: { seq } }) => {
      const [found] = await policies.versions({ seq });
      if (found === undefined) throw unknown(seq);
      return found;
    },
  );

  app.post(
    '/v1/policy/plan',
    { config: { permission: 'read' }, schema: { body: PolicyInput, response: { 200: PolicyPlan } } },
    async ({ body: { sources } }) => {
      const current = await inForce();
      const read = policyReader.read(sources);
      if (read.policy === null) {
        return { problems: read.problems, basedOn: current.seq, version: null, changes: [], moved: [], empty: [] };
      }
      const before = policyOf(current.sources);
      const vms = await inventory.fleet.vms({ existing: true });
      return {
        problems: [],
        basedOn: current.seq,
        version: read.policy.version,
        changes: changesBetween(before, read.policy),
        ...effectOn(vms, before, read.policy),
      };
    },
  );

  app.post(
    '/v1/policy/versions',
    { config: { permission: 'policy' }, schema: { body: PolicyProposal, response: { 200: PolicyVersionView } } },
    async (request) => {
      const { sources, basedOn, reason } = request.body;
      const current = await inForce();
      if (current.seq !== basedOn) throw overtaken(current);
      const policy = policyOf(sources);
      for (const { name, category } of policy.baselines) {
        const [newest] = await inventory.baselines.baselines({ name });
        if (newest !== undefined && newest.category !== category)
          throw new ApiProblem(
            409,
            'Another category',
            `Baseline ${name} is of ${newest.category ?? 'every category'}, and the policy gives it to ${category ?? 'every category'}: give it another name.`,
          );
      }
      const changes = changesBetween(policyOf(current.sources), policy);
      if (changes.length === 0)
        throw new ApiProblem(409, 'Nothing changes', `It says what version ${current.seq}, which is in force, says.`);
      const guarded = [...new Set(changes.flatMap((change) => (change.guarded === null ? [] : [change.path])))];
      const changed = changes.map((one) => one.path);
      const author = signedIn(request).name;
      const change = { version: policy.version, sources, author, reason, guarded, changed, basedOn };
      const made = await policies.propose({ ...change, at: clock.now() });
      if (made === null) throw overtaken(await inForce());
      if (made.status === 'applied') await follow(policy, made);
      return withoutText(made);
    },
  );

  app.post(
    '/v1/policy/versions/:seq/settlement',
    {
      config: { permission: 'policy' },
      schema: { params: Seq, body: PolicySettlement, response: { 200: PolicyVersionView } },
    },
    async (request) => {
      const { seq } = request.params;
      const by = signedIn(request).name;
      const settled = await policies.settle(seq, { ...request.body, by, at: clock.now() });
      switch (settled) {
        case 'unknown':
          throw unknown(seq);
        case 'notProposed':
          throw new ApiProblem(
            409,
            'Settled already',
            `Policy ${seq} awaits nobody: \`policy versions\` shows what became of it.`,
          );
        case 'samePerson':
          throw new ApiProblem(
            403,
            'A second person is needed',
            `${by} wrote policy ${seq}: somebody else must accept it.`,
          );
        case 'outdated':
          throw overtaken(await inForce());
        default:
          if (settled.status === 'applied') await follow(policyOf(settled.sources), settled);
          return withoutText(settled);
      }
    },
  );

  /** What a policy that is in force now changes beside itself. */
  async function follow(policy: Policy, { seq, author, reason }: PolicyVersion): Promise<void> {
    await draftBaselines(policy, author, reason);
    // Where the engine cannot be reached, the schedule computes them within the hour.
    await engine.auditUrgency(`policy ${seq} is in force`).catch(() => {});
  }

  /** I6: policy only drafts a baseline; it is tested and approved like any other, by another than the author. */
  async function draftBaselines(policy: Policy, author: string, reason: string): Promise<void> {
    for (const { name, category, content } of policy.baselines) {
      const [newest] = await inventory.baselines.baselines({ name });
      if (newest !== undefined && canonical(newest.content) === canonical(content)) continue;
      await inventory.baselines.draft({ name, category, content, author, reason, at: clock.now() });
    }
  }

  async function inForce(): Promise<PolicyVersion> {
    const current = await policies.current();
    if (current === null)
      throw new ApiProblem(409, 'No policy', 'No policy was ever applied: start a worker with PATCHLINE_POLICY.');
    return current;
  }

  function policyOf(sources: PolicySource[]): Policy {
    const read = policyReader.read(sources);
    if (read.policy !== null) return read.policy;
    const told = read.problems.map(({ file, line, path, message }) => `${file}:${line}: ${path}: ${message}`);
    throw new ApiProblem(400, 'Not a valid policy', told.slice(0, 20).join('\n'));
  }
}

function withoutText({ sources: _sources, ...version }: PolicyVersion) {
  return version;
}

function unknown(seq: number): ApiProblem {
  return new ApiProblem(404, 'Unknown policy', `There is no policy ${seq}: \`policy versions\` shows them.`);
}

function overtaken({ seq, author }: PolicyVersion): ApiProblem {
  return new ApiProblem(
    409,
    'Overtaken',
    `Policy ${seq} of ${author} is in force by now: look at \`policy plan\` again, and apply what you then want.`,
  );
}
