// The HTTP API: validates, then messages a workflow or reads the inventory. It decides nothing itself.

import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { guardRoutes } from './access.js';
import { serveConsole } from './console.js';
import { createCredentials } from './credentials.js';
import type { ApiParts } from './parts.js';
import { answerProblems } from './problem.js';
import { protect } from './protection.js';
import { createRefusals } from './refusals.js';
import { approvalRoutes } from './routes/approvals.js';
import { auditRoutes } from './routes/audit.js';
import { baselineRoutes } from './routes/baselines.js';
import { byHandRoutes } from './routes/byHand.js';
import { calendarRoutes } from './routes/calendar.js';
import { changeRoutes } from './routes/changes.js';
import { channelRoutes } from './routes/channels.js';
import { cycleRoutes } from './routes/cycles.js';
import { decisionBundleRoutes } from './routes/decisionBundles.js';
import { decisionRoutes } from './routes/decisions.js';
import { delegationRoutes } from './routes/delegations.js';
import { withdrawalRoutes } from './routes/withdrawals.js';
import { dueRoutes } from './routes/due.js';
import { emergencyRoutes } from './routes/emergencies.js';
import { equivalenceRoutes } from './routes/equivalence.js';
import { evidenceRoutes } from './routes/evidence.js';
import { exceptionRoutes } from './routes/exceptions.js';
import { exportRoutes } from './routes/exports.js';
import { forensicRoutes } from './routes/forensics.js';
import { historyRoutes } from './routes/history.js';
import { impactRoutes } from './routes/impact.js';
import { inventoryRoutes } from './routes/inventory.js';
import { incidentRoutes } from './routes/incidents.js';
import { installationRoutes } from './routes/installations.js';
import { isolationRoutes } from './routes/isolations.js';
import { knownIssueRoutes } from './routes/knownIssues.js';
import { maintenanceRoutes } from './routes/maintenance.js';
import { needRoutes } from './routes/needs.js';
import { noticeRoutes } from './routes/notices.js';
import { patchRoutes } from './routes/patches.js';
import { policyRoutes } from './routes/policy.js';
import { priorityRoutes } from './routes/priority.js';
import { restorationRoutes } from './routes/restorations.js';
import { securityIssueRoutes } from './routes/securityIssues.js';
import { serviceTokenRoutes } from './routes/serviceTokens.js';
import { sessionRoutes } from './routes/sessions.js';
import { signInRoutes } from './routes/signIn.js';
import { statusRoutes } from './routes/status.js';
import { streamRoutes } from './routes/stream.js';
import { checklistRoutes } from './routes/checklists.js';
import { testRoutes } from './routes/tests.js';
import { todayRoutes } from './routes/today.js';
import { twinRoutes } from './routes/twins.js';
import { vmRoutes } from './routes/vms.js';
import { waiverRoutes } from './routes/waivers.js';

export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: process.env['PATCHLINE_LOG_LEVEL'] ?? 'warn' },
    bodyLimit: 1_000_000,
    trustProxy: parts.web.trustedProxies.length === 0 ? false : parts.web.trustedProxies,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app);
  await app.register(cookie);
  await protect(app, parts.web);
  const credentials = createCredentials(parts);
  const refusals = createRefusals(parts.inventory.signIns, parts.clock);
  guardRoutes(app, { credentials, acting: parts.acting, refusals, publicUrl: parts.web.publicUrl });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Patchline',
        version: '0.1.0',
        description: 'Patches of a fleet of Azure virtual machines, from notice to verified.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  for (const routes of [
    statusRoutes,
    todayRoutes,
    auditRoutes,
    patchRoutes,
    approvalRoutes,
    decisionRoutes,
    delegationRoutes,
    withdrawalRoutes,
    equivalenceRoutes,
    impactRoutes,
    exceptionRoutes,
    twinRoutes,
    decisionBundleRoutes,
    evidenceRoutes,
    historyRoutes,
    testRoutes,
    checklistRoutes,
    isolationRoutes,
    incidentRoutes,
    maintenanceRoutes,
    installationRoutes,
    vmRoutes,
    inventoryRoutes,
    policyRoutes,
    baselineRoutes,
    restorationRoutes,
    priorityRoutes,
    dueRoutes,
    forensicRoutes,
    securityIssueRoutes,
    knownIssueRoutes,
    waiverRoutes,
    emergencyRoutes,
    changeRoutes,
    needRoutes,
    byHandRoutes,
    noticeRoutes,
    exportRoutes,
    calendarRoutes,
    channelRoutes,
    cycleRoutes,
    sessionRoutes,
    serviceTokenRoutes,
  ]) {
    await app.register(async (scope) => routes(scope, parts));
  }
  await app.register(async (scope) => streamRoutes(scope, parts, credentials));
  await app.register(async (scope) => signInRoutes(scope, parts, credentials, refusals));
  await serveConsole(app, parts.consoleFolder);
  await app.ready();
  return app;
}
