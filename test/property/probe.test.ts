// I5: taking away what a machine told never makes it healthier.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { probeVerdict, type ProbeFacts, type ProbeRules } from '../../domain/probe.js';

const rules: ProbeRules = {
  ports: [80, 443],
  http: [{ name: 'shop', url: 'http://localhost/', status: 200, text: 'open' }],
  newErrors: true,
  ignoredErrors: ['DCOM*'],
  counters: { processorPointsMax: 20, memoryPercentMax: 25, diskPointsMax: 5 },
  scripts: [{ name: 'orders', osType: 'linux', text: 'true', timeoutSeconds: 1 }],
};

const orNull = <T>(shape: fc.Arbitrary<T>) => fc.option(shape, { nil: null });
const facts: fc.Arbitrary<ProbeFacts> = fc.record({
  at: fc.constant('2026-11-25T10:00:00.000Z'),
  bootedAt: fc.constant(null),
  listening: orNull(fc.subarray([80, 443, 22])),
  http: fc.array(
    fc.record({
      name: fc.constant('shop'),
      status: orNull(fc.constantFrom(200, 500)),
      textFound: fc.boolean(),
      problem: fc.constant(null),
    }),
    { maxLength: 1 },
  ),
  errors: orNull(
    fc
      .subarray(['disk 7', 'DCOM 10016', 'cron: failed'])
      .map((kinds) => kinds.map((kind) => ({ kind, count: 1, sample: '' }))),
  ),
  processorPercent: orNull(fc.integer({ min: 0, max: 100 })),
  memoryFreeMb: orNull(fc.integer({ min: 0, max: 4000 })),
  disks: orNull(fc.integer({ min: 0, max: 100 }).map((freePercent) => [{ name: '/', freePercent }])),
  scripts: fc.array(
    fc.record({
      name: fc.constant('orders'),
      exitCode: orNull(fc.constantFrom(0, 1)),
      output: fc.constant(''),
      characters: fc.constant(0),
      problem: fc.constant(null),
    }),
    { maxLength: 1 },
  ),
});

const losses: ((facts: ProbeFacts) => ProbeFacts)[] = [
  (one) => ({ ...one, listening: null }),
  (one) => ({ ...one, http: [] }),
  (one) => ({ ...one, errors: null }),
  (one) => ({ ...one, processorPercent: null }),
  (one) => ({ ...one, memoryFreeMb: null }),
  (one) => ({ ...one, disks: null }),
  (one) => ({ ...one, scripts: [] }),
];

test('a fact of after that is missing closes: the verdict is never healthy', () => {
  fc.assert(
    fc.property(orNull(facts), facts, fc.constantFrom(...losses), (before, after, lose) => {
      expect(probeVerdict(rules, 'linux', before, lose(after)).kind).not.toBe('healthy');
    }),
  );
});

test('a fact of before that is missing never makes a sick machine healthy', () => {
  fc.assert(
    fc.property(orNull(facts), facts, fc.constantFrom(...losses), (before, after, lose) => {
      if (probeVerdict(rules, 'linux', before, after).kind === 'healthy') return;
      const poorer = before === null ? null : lose(before);
      expect(probeVerdict(rules, 'linux', poorer, after).kind).not.toBe('healthy');
      expect(probeVerdict(rules, 'linux', null, after).kind).not.toBe('healthy');
    }),
  );
});
