// Which staging machines stand for a category's production machines today, and how well.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { candidatesFor, equivalenceOf, type Match } from '../../domain/equivalence.js';
import { thresholdOf } from '../../domain/equivalencePolicy.js';
import { gapLine, gapsOf, type SignedEquivalence } from '../../domain/equivalenceReport.js';
import { EquivalenceView, type MatchView, type SignedEquivalenceView } from '../contract/equivalence.js';
import { machineNamed } from '../machine.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

export function equivalenceRoutes(scope: FastifyInstance, { inventory, policy }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/categories/:name/equivalence',
    {
      config: { permission: 'read' },
      schema: {
        params: z.object({ name: z.string().max(100) }),
        querystring: z.object({ vm: z.string().max(200).optional() }),
        response: { 200: EquivalenceView },
      },
    },
    async ({ params: { name: category }, query: { vm } }) => {
      const rules = await policy.current();
      requireCategory(rules.categories, category);
      const asked = { category, tested: [] };
      const production = await machinesOf(category, vm);
      const staging = await inventory.fleet.vms({ environment: 'staging', category, existing: true });
      const [mine, twins] = [
        await inventory.equivalence.facts(production, null),
        await inventory.equivalence.facts(staging, null),
      ];
      const groups = equivalenceOf(mine, twins, rules.equivalence, asked);
      const threshold = thresholdOf(rules.equivalence, category);
      const [one] = mine;
      return {
        category,
        threshold,
        production: production.length,
        staging: staging.map((machine) => machine.name),
        groups: groups.map(({ machines, best }) => ({ machines, best: best === null ? null : matchView(best) })),
        gaps: gapsOf(groups, threshold).map((gap) => ({
          ...gap,
          line: gapLine({ words: gap.words, machines: gap.machines.length }),
        })),
        candidates:
          vm === undefined || one === undefined
            ? []
            : candidatesFor(one, twins, rules.equivalence, asked).map(matchView),
      };
    },
  );

  async function machinesOf(category: string, name: string | undefined) {
    if (name === undefined) return inventory.fleet.vms({ environment: 'production', category, existing: true });
    const vm = await machineNamed(inventory.fleet, name);
    if (vm.environment !== 'production' || vm.category !== category || vm.goneAt !== null)
      throw new ApiProblem(
        409,
        'Not in this category',
        `${vm.name} is no production machine of ${category}: it is in ${vm.environment}, ${vm.category ?? 'no category'}.`,
      );
    return [vm];
  }
}

export function requireCategory(categories: { name: string }[], name: string): void {
  if (categories.some((rule) => rule.name === name)) return;
  const known = categories.map((rule) => rule.name).join(', ');
  throw new ApiProblem(404, 'Unknown category', `Policy has no category ${name}: it has ${known}.`);
}

function matchView({ name, score, stands, differences }: Match): MatchView {
  return { twin: name, score, stands, differences };
}

/** As it is shown to whoever decides. */
export function equivalenceShown(signed: SignedEquivalence | undefined): SignedEquivalenceView | null {
  if (signed === undefined) return null;
  return {
    threshold: signed.threshold,
    groups: signed.groups.map(({ twin, score, differences, vmIds }) => ({
      twin: twin.name,
      score,
      machines: vmIds.length,
      differences,
    })),
    without: signed.without,
  };
}
