// Every installation that was asked of Azure, with the test, the decision, the window and the way back that allowed it.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { grouped } from '../../domain/grouped.js';
import { requestIdOf, type Operation } from '../../domain/operation.js';
import type { Session } from '../../ports/sessions.js';
import { InstallationView } from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';

export function installationRoutes(scope: FastifyInstance, { inventory, digests }: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { sessions, runs, decisions } = inventory;

  app.get(
    '/v1/installations',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({ since: z.iso.datetime().optional() }),
        response: { 200: z.array(InstallationView) },
      },
    },
    async ({ query: { since, after, limit } }, reply) => {
      const installs = await inventory.operations.installs({
        limit,
        ...(since === undefined ? {} : { since }),
        ...(after === undefined ? {} : { after }),
      });
      tellNext(reply, installs, limit, (install) => install.sessionId);
      const around = await aroundThem(installs);
      return installs.flatMap((install) => {
        const session = around.sessions.get(install.sessionId);
        return session === undefined ? [] : [viewOf(session, install, around)];
      });
    },
  );

  /** Everything that the page needs, in one request for each kind. */
  async function aroundThem(installs: Operation[]) {
    const found = await sessions.sessions({ sessionIds: installs.map((one) => one.sessionId) });
    const runKeys = [...new Set(found.map((session) => session.runKey))];
    const [held, rows, enrolments] = await Promise.all([
      runs.runs({ runKeys }),
      runs.manifest({ runKeys, vmIds: [...new Set(found.map((session) => session.vmId))] }),
      runs.enrolments(...runKeys),
    ]);
    const requests = await decisions.requests({ patchIds: [...new Set(enrolments.map((one) => one.patchId))] });
    return {
      sessions: new Map(found.map((session) => [session.sessionId, session])),
      runs: new Map(held.map((run) => [run.runKey, run])),
      rows: grouped(rows, (row) => `${row.runKey}\n${row.vmId}`),
      enrolments: new Map(enrolments.map((one) => [`${one.runKey}\n${one.patchId}`, one])),
      subjects: new Map(requests.map((request) => [`${request.patchId}\n${request.digest}`, request.subject])),
    };
  }

  function viewOf(
    session: Session,
    install: Operation,
    around: Awaited<ReturnType<typeof aroundThem>>,
  ): InstallationView {
    const { runKey, vmId } = session;
    const run = around.runs.get(runKey);
    const patches = (around.rows.get(`${runKey}\n${vmId}`) ?? [])
      .filter((row) => row.wave > 0)
      .map(({ patchId, kb, packages, arrived, state }) => {
        const { digest = null, decisionId = null } = around.enrolments.get(`${runKey}\n${patchId}`) ?? {};
        const subject = digest === null ? undefined : around.subjects.get(`${patchId}\n${digest}`);
        const tested = subject?.testVerdict === 'passed' ? subject.testRunKey : null;
        return { patchId, kb, packages, arrived, state, decisionId, tested };
      });
    return {
      sessionId: session.sessionId,
      requestId: requestIdOf(digests.sha256(`${session.sessionId}/install`)),
      runKey,
      environment: run?.environment ?? '',
      category: run?.category ?? '',
      vmId,
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
