// Every installation that was asked of Azure, with the test, the decision, the window and the way back that allowed it.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { requestIdOf, type Operation } from '../../domain/operation.js';
import type { Session } from '../../ports/inventory.js';
import { InstallationView } from '../contract/index.js';
import type { ApiParts } from '../parts.js';

export function installationRoutes(scope: FastifyInstance, { inventory, digests }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/v1/installations',
    {
      config: { permission: 'read' },
      schema: {
        querystring: z.object({ since: z.iso.datetime().optional() }),
        response: { 200: z.array(InstallationView) },
      },
    },
    async ({ query: { since } }) => {
      const sessions = await inventory.sessions.sessions({});
      const views: InstallationView[] = [];
      for (const session of sessions) {
        if (since !== undefined && session.startedAt < since) continue;
        const install = await inventory.operations.operation(session.sessionId, 'install');
        if (install !== null) views.push(await viewOf(session, install));
      }
      return views;
    },
  );

  async function viewOf(session: Session, install: Operation): Promise<InstallationView> {
    const run = await inventory.runs.run(session.runKey);
    const rows = await inventory.runs.manifest({ runKey: session.runKey, vmId: session.vmId });
    const enrolments = await inventory.runs.enrolments(session.runKey);
    const patches = await Promise.all(
      rows
        .filter((row) => row.wave > 0)
        .map(async ({ patchId, kb, state }) => {
          const { digest = null, decisionId = null } = enrolments.find((one) => one.patchId === patchId) ?? {};
          const requests = digest === null ? [] : await inventory.decisions.requests({ patchId });
          const subject = requests.find((request) => request.digest === digest)?.subject ?? null;
          return {
            patchId,
            kb,
            state,
            decisionId,
            tested: subject?.testVerdict === 'passed' ? subject.testRunKey : null,
          };
        }),
    );
    return {
      sessionId: session.sessionId,
      requestId: requestIdOf(digests.sha256(`${session.sessionId}/install`)),
      runKey: session.runKey,
      environment: run?.environment ?? '',
      category: run?.category ?? '',
      vmId: session.vmId,
      vmName: session.vmName,
      requestedAt: install.intendedAt,
      state: install.state,
      outcome: session.outcome,
      restorePoint: session.restorePoint,
      window: { opensAt: run?.opensAt ?? '', closesAt: run?.closesAt ?? '' },
      patches,
    };
  }
}
