// The evidence of one patch as a file that verifies without Patchline (I8).

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { chainStart, checkpointText, type ChainedEvent } from '../../domain/audit.js';
import type { EvidenceFiles } from '../../ports/evidence.js';
import type { PatchRecord } from '../../ports/patches.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const pageSize = 5000;

export function evidenceRoutes(scope: FastifyInstance, { inventory, signing, evidence, clock }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/patches/:patchId/evidence',
    { config: { permission: 'read' }, schema: { params: z.object({ patchId: z.string().max(100) }) } },
    async ({ params: { patchId } }, reply) => {
      const record = await inventory.patches.patch(patchId);
      if (record === null)
        throw new ApiProblem(
          404,
          'Unknown patch',
          `${patchId} is in no channel that was read: there is no evidence of it.`,
        );
      const zip = evidence.pack({ ...(await factsOf(record)), ...(await chainOf(patchId)) });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${patchId.replace(/[^\w-]/g, '_')}-evidence.zip"`)
        .send(Buffer.from(zip));
    },
  );

  async function factsOf(record: PatchRecord): Promise<EvidenceFiles> {
    const { patchId } = record.patch;
    const [tests, requests, decisions, plan, installations, rollbacks, incidents, forensics, issues, revisions] =
      await Promise.all([
        inventory.tests.testResults({ patchId }),
        inventory.decisions.requests({ patchId }),
        inventory.decisions.decisions({ patchId }),
        inventory.runs.manifest({ patchId }),
        inventory.sessions.installations({ patchId }),
        inventory.sessions.rollbacks({ patchId }),
        inventory.incidents.incidents({ patchId }),
        inventory.forensics.steps({ patchId }),
        inventory.knownIssues.issues({ patchIds: [patchId] }),
        inventory.revisions.revisions({ patchId }),
      ]);
    const acceptances = await inventory.knownIssues.acceptances({ issueIds: issues.map((issue) => issue.issueId) });
    const runKeys = [...new Set(plan.map((row) => row.runKey))];
    const runs = await Promise.all(
      runKeys.map(async (runKey) => {
        const [run, enrolments, sessions] = await Promise.all([
          inventory.runs.run(runKey),
          inventory.runs.enrolments(runKey),
          inventory.sessions.sessions({ runKey }),
        ]);
        return { ...run, enrolments: enrolments.filter((one) => one.patchId === patchId), sessions };
      }),
    );
    const [verdicts, checks, soaks] = await Promise.all([
      inventory.stageTests.verdicts({ patchId }),
      inventory.checklists.checks({ patchId }),
      Promise.all(runKeys.map((runKey) => inventory.soaks.probes({ runKey }))),
    ]);
    const categories = [...new Set(requests.map((request) => request.category))];
    const impact = await Promise.all(
      categories.map(async (category) => {
        const [record = null] = await inventory.impacts.impacts({ patchId, category });
        const edits = await inventory.impacts.edits({ patchId, category });
        return { ...(await inventory.decisions.impact(patchId, category)), record, edits };
      }),
    );
    return {
      'README.md': readme(record, clock.now()),
      'advisory.json': record.patch,
      'state.json': { stage: record.stage, detail: record.stageDetail, firstSeenAt: record.firstSeenAt },
      'tests.json': tests,
      'test-judgements.json': { verdicts, checks, soaks: soaks.flat() },
      'impact.json': impact,
      'requests.json': requests,
      'decisions.json': decisions,
      'withdrawals.json': await inventory.withdrawals.withdrawals({ patchId }),
      'plan.json': plan,
      'runs.json': runs,
      'installations.json': installations,
      'rollbacks.json': rollbacks,
      'incidents.json': incidents,
      'forensics.json': forensics,
      'known-issues.json': { issues, acceptances },
      'revisions.json': revisions,
      'succession.json': await inventory.successions.successions([patchId]),
    };
  }

  /** Every event from the patch's first to its last, also those of others: only without gaps does the chain prove itself. */
  async function chainOf(patchId: string): Promise<EvidenceFiles> {
    const span = await inventory.events.span(patchId);
    if (span === null)
      throw new ApiProblem(
        409,
        'No events',
        `The audit log tells nothing of ${patchId}: \`audit verify\` says whether it is whole.`,
      );
    const [before] = span.first === 1 ? [] : await inventory.events.chain(span.first - 2, 1, span.first - 1);
    const events: ChainedEvent[] = [];
    for (let after = span.first - 1; after < span.last; ) {
      const page = await inventory.events.chain(after, pageSize, span.last);
      const last = page.at(-1);
      if (last === undefined) break;
      events.push(...page);
      after = last.seq;
    }
    const last = events.at(-1);
    if (last === undefined)
      throw new ApiProblem(409, 'No events', `The audit log has lost the events of ${patchId}: run \`audit verify\`.`);
    const checkpoint = { seq: last.seq, hash: last.hash, at: clock.now() };
    return {
      'chain.jsonl': events.map((event) => `${JSON.stringify(event)}\n`).join(''),
      'chain-segment.json': {
        before: before === undefined ? { seq: 0, hash: chainStart } : { seq: before.seq, hash: before.hash },
        checkpoint: { ...checkpoint, signature: signing.sign(checkpointText(checkpoint)) },
      },
    };
  }
}

function readme({ patch }: PatchRecord, at: string): string {
  return `# Evidence of ${patch.patchId}

${patch.title}. Written by Patchline at ${at}.

| file | what it holds |
| --- | --- |
| advisory.json | what the vendor said: products, builds, CVEs, supersedence, with document and revision |
| state.json | where the patch stood when this was written |
| tests.json | every staging test: verdict, reasons, what was installed together, on which machines |
| test-judgements.json | what persons made of tests, checklists with who ticked what, probes of machines while they soaked |
| impact.json | the impact that was recorded, by category, and what people said of it |
| requests.json | what was shown to the people who decided: \`digest\` is the SHA-256 of the canonical JSON of \`subject\` |
| decisions.json | who decided what and why, refused decisions included, each with its Ed25519 signature |
| withdrawals.json | who took which decision back and why, refused attempts included, signed in the same way |
| plan.json | machines and patches of each maintenance run, and how each ended |
| runs.json | the maintenance runs: window, outcome, the decision that allowed each enrolment, the sessions |
| installations.json, rollbacks.json | what was tried on each machine and what came of it |
| incidents.json | cases with the vendor or another provider about this patch |
| forensics.json | evidence that was taken of machines before it, by its SHA-256, or who waived it and why |
| known-issues.json | known issues of it, and who accepted which for a category |
| revisions.json | what the vendor changed after it was first read |
| succession.json | what superseded it while it was under way, and who kept it nevertheless |
| chain.jsonl | the audit log from this patch's first event to its last, without gaps |
| chain-segment.json | where the segment begins, and its end, signed |
| contents.json, contents.signature | the SHA-256 of every file, signed |
| verification-key.pem | the public key of the installation |

To verify, with Node.js 18 or newer and nothing else, in the unpacked folder: \`node verify.mjs\`, or \`node verify.mjs KEY.pem\` with the key as
you obtained it elsewhere: only that proves that this installation wrote the pack. By hand: the hash of an event is the SHA-256 of the hash
before it, a line feed, and \`body\`; canonical JSON has sorted keys and no white space.
`;
}
