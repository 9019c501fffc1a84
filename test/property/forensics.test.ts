// I2, I5: missing evidence never opens: only a step of that very patch and machine, done with evidence or waived, lets the patch be installed.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evidenceVerdict, type ForensicStep } from '../../domain/forensics.js';
import { now } from '../support/facts.js';

const aStep: fc.Arbitrary<ForensicStep> = fc.record({
  patchId: fc.constantFrom('KB1', 'KB2'),
  vmId: fc.constantFrom('vm-1', 'vm-2'),
  because: fc.constant('known exploited'),
  openedAt: fc.constant(now),
  state: fc.constantFrom('open' as const, 'done' as const, 'waived' as const, 'ended' as const),
  scripts: fc.constant([]),
  result: fc.string(),
  evidence: fc.constantFrom(null, 'a'.repeat(64)),
  sessionId: fc.constant(null),
  keptRestorePoint: fc.constant(null),
  doneAt: fc.constant(null),
  doneBy: fc.constant(null),
});
const steps = fc.uniqueArray(aStep, { selector: (step) => `${step.patchId}/${step.vmId}` });
const needing = fc.uniqueArray(fc.constantFrom('KB1', 'KB2'));

test('opens only where every patch that asks for evidence has its own, or a waiver', () => {
  fc.assert(
    fc.property(steps, needing, (held, patches) => {
      const satisfied = patches.every((patchId) =>
        held.some(
          (step) =>
            step.vmId === 'vm-1' &&
            step.patchId === patchId &&
            (step.state === 'waived' || (step.state === 'done' && step.evidence !== null)),
        ),
      );
      expect(evidenceVerdict('vm-1', patches, held).kind).toBe(satisfied ? 'open' : 'closed');
    }),
    { numRuns: 1000 },
  );
});

test('a step that is taken away never opens, and each missing one is a reason', () => {
  fc.assert(
    fc.property(steps, needing, fc.nat(3), (held, patches, index) => {
      const fewer = held.filter((_, position) => position !== index);
      const [before, after] = [evidenceVerdict('vm-1', patches, held), evidenceVerdict('vm-1', patches, fewer)];
      if (before.kind === 'closed') expect(after.kind).toBe('closed');
      const none = evidenceVerdict('vm-1', patches, []);
      expect(none.kind === 'closed' ? none.reasons : []).toHaveLength(patches.length);
    }),
  );
});
