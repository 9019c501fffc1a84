// What speaks against a request, what was overridden, and what holds, as sentences: closed ones first. The rollout's own gates are what counts.

import type { Schemas } from '../../api/client';

type Request = Schemas['RequestView'];

export interface Check {
  standing: 'closed' | 'overridden' | 'gateOpen';
  name: string;
  words: string;
}

export function checksOf(request: Request): Check[] {
  const checks = [
    ...tested(request),
    ...joining(request),
    ...ways(request),
    ...known(request),
    ...times(request),
    ...order(request),
  ];
  const rank = { closed: 0, overridden: 1, gateOpen: 2 };
  return checks.toSorted((a, b) => rank[a.standing] - rank[b.standing]);
}

function tested({ equivalence, exceptions, machines }: Request): Check[] {
  const without = equivalence?.without ?? [];
  const checks: Check[] = without.map(({ machines: count, words }) => ({
    standing: 'closed',
    name: 'Nothing in staging stands for them',
    words: `${count} machines: ${words}. They are not in this decision.`,
  }));
  if (exceptions.length > 0)
    checks.push({
      standing: 'overridden',
      name: 'Signed exceptions',
      words: exceptions.map((one) => `${one.vmName} by ${one.by}: ${one.reason}`).join('; '),
    });
  if (equivalence === null)
    checks.push({ standing: 'closed', name: 'Equivalence', words: 'It is not known what stands for these machines' });
  else
    checks.push({
      standing: 'gateOpen',
      name: 'Tested on equivalents',
      words: `${machines - exceptions.length} machines, by ${equivalence.groups.length} groups of staging`,
    });
  return checks;
}

/** What may come to be more than what is shown is seen before it is signed. */
function joining({ arrivals }: Request): Check[] {
  return arrivals === null ? [] : [{ standing: 'overridden', name: 'Machines may join later', words: `${arrivals}.` }];
}

function ways({ impact, unwind }: Request): Check[] {
  const impossible = impact.rollback?.impossible ?? null;
  if (impossible !== null) return [{ standing: 'closed', name: 'No way back', words: impossible }];
  return [{ standing: 'gateOpen', name: 'Way back', words: unwind }];
}

function known({ knownIssues, successor }: Request): Check[] {
  const checks: Check[] = knownIssues.map(({ text }) => ({
    standing: 'overridden',
    name: 'Known issue: approving accepts it',
    words: text,
  }));
  if (successor !== null)
    checks.push({ standing: 'overridden', name: 'Superseded', words: `${successor} has taken its place since` });
  if (checks.length === 0) checks.push({ standing: 'gateOpen', name: 'Known issues', words: 'None is open' });
  return checks;
}

function times({ urgency }: Request): Check[] {
  const late = (urgency?.rings ?? []).filter((ring) => ring.missesByMs !== null && ring.missesByMs > 0);
  if (late.length > 0)
    return [
      {
        standing: 'closed',
        name: 'Misses the deadline',
        words: late.map((ring) => `${ring.name} by ${hours(ring.missesByMs ?? 0)}`).join(', '),
      },
    ];
  return [
    {
      standing: 'gateOpen',
      name: 'Deadline',
      words: (urgency?.deadline ?? null) === null ? 'None is set' : 'Each ring opens before it',
    },
  ];
}

function hours(milliseconds: number): string {
  const count = Math.ceil(milliseconds / 3600_000);
  return count < 48 ? `${count} h` : `${Math.ceil(count / 24)} days`;
}

function order({ impact }: Request): Check[] {
  const problems = impact.orderProblems ?? [];
  if (problems.length > 0) return problems.map((words) => ({ standing: 'closed', name: 'Order', words }));
  return [{ standing: 'gateOpen', name: 'Order', words: 'Nothing it depends on comes later' }];
}
