// Stage tests as the API tells them: the repository of every test, with the state that was reached and its evidence.

import { z } from 'zod';
import { CheckView } from './checklists.js';

const instant = z.iso.datetime();
const verdict = z.enum(['passed', 'failed', 'inconclusive']);

export const TestSummary = z
  .object({
    runKey: z.string(),
    patchId: z.string(),
    category: z.string(),
    verdict,
    reasons: z.array(z.string()),
    testedSet: z.array(z.string()).describe('What was installed together, and passes or fails together'),
    machines: z.array(z.string()).describe('Names of the staging machines'),
    downtimeMinutes: z.number(),
    reboots: z.number().int(),
    at: instant,
  })
  .meta({ id: 'TestSummary' });

export const TestedMachineView = z
  .object({
    vmId: z.string(),
    vmName: z.string(),
    state: z.string().describe('How its row of the patch ended'),
    reason: z.string().nullable(),
    system: z.string().nullable(),
    build: z.string().nullable(),
    level: z.array(z.string()).describe('KBs that were there, or packages of the tested patches with their versions'),
  })
  .meta({ id: 'TestedMachineView' });

export const TestEvidenceView = z
  .object({
    vmName: z.string(),
    item: z.string(),
    sha256: z.string().describe('Of the text as it is kept'),
    characters: z.number().int().describe('As it came'),
    cut: z.boolean().describe('Not all of it is kept'),
    at: instant,
  })
  .meta({ id: 'TestEvidenceView' });

export const TestVerdictView = z
  .object({ verdict: z.enum(['passed', 'failed']), by: z.string(), reason: z.string(), at: instant })
  .meta({ id: 'TestVerdictView' });

export const TestVerdictInput = z
  .strictObject({
    category: z.string().min(1).max(100),
    verdict: z.enum(['passed', 'failed'], { error: 'must be passed or failed' }),
    reason: z.string().max(20_000),
  })
  .meta({ id: 'TestVerdictInput' });

export const RetestInput = z
  .strictObject({ category: z.string().min(1).max(100), reason: z.string().trim().min(1).max(2000) })
  .meta({ id: 'RetestInput' });

export const RetestView = z.object({ workflowId: z.string() }).meta({ id: 'RetestView' });

export const SoakProbeView = z
  .object({
    vmName: z.string(),
    number: z.number().int().describe('Its place in the soak; 0: there was none'),
    at: z.string(),
    kind: z.enum(['healthy', 'sick', 'unknown']),
    reasons: z.array(z.string()).describe('Of a healthy machine what was wrong before the patch already'),
  })
  .meta({ id: 'SoakProbeView' });

export const TestDetailView = TestSummary.extend({
  judged: TestVerdictView.nullable().describe("A person's word on a test that said nothing"),
  tested: z.array(TestedMachineView),
  soak: z.array(SoakProbeView).describe('Every probe of its machines while they soaked, in the order of time'),
  checks: z.array(CheckView).describe('What people are to look at before it counts'),
  evidence: z.array(TestEvidenceView),
}).meta({ id: 'TestDetailView' });

export const TestTextView = z
  .object({ runKey: z.string(), vmName: z.string(), item: z.string(), text: z.string() })
  .meta({ id: 'TestTextView' });

export type TestSummary = z.infer<typeof TestSummary>;
export type TestDetailView = z.infer<typeof TestDetailView>;
export type TestVerdictView = z.infer<typeof TestVerdictView>;
export type RetestView = z.infer<typeof RetestView>;
export type TestTextView = z.infer<typeof TestTextView>;
