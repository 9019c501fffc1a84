// Deadlines of 50 patches on 10,000 machines that need them all: the way that is shipped, beside judging each pair by itself, and the
// comparison with what was computed before. In one run, on the same facts, with the same answers.

import { readFileSync } from 'node:fs';
import { parsePolicy } from '../adapters/policy/loadPolicy.js';
import { dueChanges, dueOf, movesOf, priorityPolicy, type Due, type JudgedPatch } from '../domain/due.js';
import { exposureOf } from '../domain/exposure.js';
import { priorityOf } from '../domain/priority.js';
import type { CveRisk } from '../domain/risk.js';
import { someVm } from '../test/support/facts.js';
import type { Measured } from './main.js';
import { median } from './median.js';

const patches = 50;
const machines = 10_000;
const cvesEach = 60;
const repeats = 5;
const released = '2026-10-13T17:00:00.000Z';

export async function priority(): Promise<Measured> {
  const file = new URL('../policy/demonstration.yaml', import.meta.url);
  const policy = parsePolicy(readFileSync(file, 'utf8'), 'policy');
  const rules = priorityPolicy(policy.priority);
  const fleet = Array.from({ length: machines }, (_, index) =>
    someVm({ vmId: `vm-${index}`, name: `web-prd-${index}`, tags: index % 3 === 0 ? {} : { exposure: 'internal' } }),
  );
  const exposed = [{ match: { ...anything, name: 'web-prd-*5' } }];
  const known = Array.from({ length: patches }, (_, index) => somePatch(index, false));
  const later = known.map((one, index) => (index === 7 ? somePatch(index, true) : one));

  const all = (facts: JudgedPatch[]): Due[] => {
    const exposures = new Map(fleet.map((vm) => [vm.vmId, exposureOf(vm, exposed)]));
    return facts.flatMap((one) => dueOf(one, exposures.keys(), exposures, rules));
  };
  const naive = (facts: JudgedPatch[]): (string | null)[] =>
    facts.flatMap(({ patch, risks, firstSeenAt }) =>
      fleet.map((vm) => priorityOf(patch, risks, exposureOf(vm, exposed), rules, firstSeenAt).deadline),
    );
  const shipped = measure(repeats, () => all(known));
  // A tenth of the patches is enough to know the rate of the naive way.
  const part = known.slice(0, 5);
  const reference = measure(1, () => naive(part));
  const same = all(part).every((row, index) => row.deadline === reference.answer[index]);
  if (!same) throw new Error('the two ways do not agree');
  const naiveSeconds = (reference.seconds * patches) / part.length;
  const after = all(later);
  const compared = measure(repeats, () => dueChanges(shipped.answer, after));
  const moved = movesOf(compared.answer).reduce((sum, move) => sum + move.vmIds.length, 0);
  return {
    rows: [
      ['patches × machines', `${patches} × ${machines}`, ''],
      ['seconds, computed', shipped.seconds.toFixed(3), '< 1'],
      ['seconds, pair by pair (measured on a tenth)', naiveSeconds.toFixed(1), ''],
      ['times faster', (naiveSeconds / shipped.seconds).toFixed(0), ''],
      ['seconds, compared with before', compared.seconds.toFixed(3), '< 1'],
      ['deadlines moved by one new entry of KEV', String(moved), ''],
    ],
    json: { patches, machines, seconds: shipped.seconds, naiveSeconds, comparedSeconds: compared.seconds, moved },
  };
}

const anything = { tags: {}, osType: null, osName: null, name: null, resourceGroup: null, subscription: null };

function somePatch(index: number, inKev: boolean): JudgedPatch {
  const risks = Array.from({ length: cvesEach }, (_, n) => someRisk(`CVE-2026-${1000 * index + n}`, inKev && n === 0));
  const severity = (['important', 'moderate', 'low'] as const)[index % 3] ?? 'low';
  return {
    patch: { patchId: `KB${5_000_000 + index}`, severity, released, exploited: false },
    firstSeenAt: released,
    risks,
  };
}

function someRisk(cve: string, inKev: boolean): CveRisk {
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:L/A:N';
  const kev = { cve, name: '', addedOn: '2026-10-14', dueOn: '2026-11-04', ransomware: false };
  return {
    cve,
    vendorExploited: false,
    kev: inKev ? kev : null,
    epss: { cve, score: 0.01, percentile: null, scoredAt: null },
    ssvc: null,
    cvss: { cve, score: 6.5, vector, version: '3.1' },
  };
}

function measure<T>(times: number, work: () => T): { seconds: number; answer: T } {
  const seconds: number[] = [];
  let answer = work();
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    answer = work();
    seconds.push((performance.now() - began) / 1000);
  }
  return { seconds: median(seconds), answer };
}
