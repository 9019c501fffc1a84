// What was told to whom and how it stands; tests, acknowledgements of pages, and what each person prefers.

import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { deliveryWorkflowId, noticeKinds, pageWorkflowId, type Preferences } from '../../domain/notice.js';
import { actingPlace } from '../../domain/noticePlace.js';
import { ownWays, testRecipients, wishProblems } from '../../domain/noticeWishes.js';
import type { NoticeListEntry } from '../../ports/noticeLog.js';
import { acknowledgedSignal } from '../../workflows/messages.js';
import { signedIn } from '../access.js';
import {
  AcknowledgementInput,
  AcknowledgementView,
  NoticeDeliveryView,
  NoticeTestInput,
  NoticeTestView,
  NoticeView,
  OwnPreferencesView,
  PreferencesInput,
  PreferencesView,
} from '../contract/index.js';
import { Paging, tellNext } from '../paging.js';
import type { ApiParts } from '../parts.js';
import { ApiProblem } from '../problem.js';

const NoticeId = z.object({ noticeId: z.string().max(64) });
const flag = z.enum(['true', 'false']).optional();
/** A page may have many rounds; nobody reads more at once. */
const deliveriesMax = 1000;

export function noticeRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, policy, clock, client, taskQueue, newId } = parts;
  const { notices } = inventory;

  app.get(
    '/v1/notices',
    {
      config: { permission: 'read' },
      schema: {
        querystring: Paging.extend({
          to: z.string().max(254).optional().describe('Name or mail address of a person, or a target'),
          patch: z.string().max(100).optional(),
          kind: z.enum(noticeKinds).optional(),
          problems: flag,
          pages: flag,
        }),
        response: { 200: z.array(NoticeDeliveryView) },
      },
    },
    async ({ query: { to, patch, kind, problems, pages, after, limit } }, reply) => {
      const rows = await notices.list({
        limit,
        ...(to === undefined ? {} : { recipients: await recipientsOf(to) }),
        ...(patch === undefined ? {} : { patchId: patch }),
        ...(kind === undefined ? {} : { kind }),
        ...(problems === 'true' ? { problems: true } : {}),
        ...(pages === 'true' ? { pages: true } : {}),
        ...(after === undefined ? {} : { after }),
      });
      tellNext(reply, rows, limit, (row) => row.deliveryId);
      return rows.map(deliveryView);
    },
  );

  app.get(
    '/v1/notices/:noticeId',
    { config: { permission: 'read' }, schema: { params: NoticeId, response: { 200: NoticeView } } },
    ({ params: { noticeId } }) => noticeView(noticeId),
  );

  app.post(
    '/v1/notices/:noticeId/acknowledgement',
    {
      config: { permission: 'acknowledge' },
      schema: { params: NoticeId, body: AcknowledgementInput, response: { 200: AcknowledgementView } },
    },
    async (request) => {
      const { noticeId } = request.params;
      const by = signedIn(request).name;
      const answer = await notices.acknowledge(noticeId, { by, note: request.body.note, at: clock.now() });
      if (answer === 'unknown') throw unknown(noticeId);
      if (answer === 'notAPage')
        throw new ApiProblem(409, 'Not a page', `${noticeId} asks for no acknowledgement: only pages do.`);
      await hint(noticeId);
      return { first: answer.first, notice: await noticeView(noticeId) };
    },
  );

  app.post(
    '/v1/notices/:noticeId/retry',
    { config: { permission: 'operate' }, schema: { params: NoticeId, response: { 200: NoticeView } } },
    async (request) => {
      const { noticeId } = request.params;
      const before = await noticeView(noticeId);
      if ((await notices.retry(noticeId, signedIn(request).name, clock.now())) === 0)
        throw new ApiProblem(409, 'Nothing to retry', `${noticeId} has no delivery that was given up.`);
      const rounds = before.deliveries.filter((one) => one.state === 'undeliverable').map((one) => one.round);
      for (const round of new Set(rounds))
        await client.workflow.start('noticeDelivery', {
          taskQueue,
          workflowId: deliveryWorkflowId(noticeId, round),
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [{ noticeId, round }],
        });
      return noticeView(noticeId);
    },
  );

  app.post(
    '/v1/notices/test',
    {
      config: { permission: 'operate' },
      schema: { body: NoticeTestInput, response: { 200: NoticeTestView } },
    },
    async (request) => {
      const { to, way } = request.body;
      const { notices: rules } = await policy.current();
      const recipients = testRecipients(to, way, await policy.people(), rules);
      if ('problem' in recipients) throw new ApiProblem(404, 'Nobody to test with', `${recipients.problem}.`);
      const testId = newId();
      try {
        return await client.workflow.execute<(input: unknown) => Promise<NoticeTestView>>('noticeTest', {
          taskQueue,
          workflowId: `notice-test/${testId}`,
          workflowExecutionTimeout: '45 seconds',
          args: [{ testId, by: signedIn(request).name, recipients }],
        });
      } catch (failure) {
        if (!(failure instanceof WorkflowFailedError)) throw failure;
        throw new ApiProblem(
          504,
          'No answer',
          'No worker has delivered the test within 45 seconds: is one running? What was written down of it is in `notice list`.',
        );
      }
    },
  );

  app.get(
    '/v1/notices/preferences',
    { config: { permission: 'read' }, schema: { response: { 200: z.array(PreferencesView) } } },
    async () => [...(await notices.preferences())].map(([person, held]) => ({ person, ...held })),
  );

  app.get(
    '/v1/notices/preferences/mine',
    { config: { permission: 'read' }, schema: { response: { 200: OwnPreferencesView } } },
    async (request) => {
      const person = signedIn(request).name;
      const { notices: rules } = await policy.current();
      const held = (await notices.preferences()).get(person);
      return {
        person,
        ...(held ?? { ways: {}, quietHours: null, setAt: null }),
        kinds: noticeKinds.map((kind) => ({ kind, mandatory: rules.mandatory.includes(kind) })),
        choices: ownWays(person, rules),
      };
    },
  );

  app.post(
    '/v1/notices/preferences',
    {
      config: { permission: 'read' },
      schema: { body: PreferencesInput, response: { 200: PreferencesView } },
    },
    async (request) => {
      const person = signedIn(request).name;
      const { ways, quietHours, replace, reset } = request.body;
      const { notices: rules } = await policy.current();
      const problems = wishProblems(person, waysOf(ways), rules);
      if (problems.length > 0) throw new ApiProblem(400, 'Not possible', `${problems.join('; ')}.`);
      if (quietHours !== undefined && quietHours !== null && quietHours !== 'none') requireZone(quietHours.zone);
      const held = (await notices.preferences()).get(person);
      const wanted: Preferences = {
        ways: replace ? waysOf(ways) : { ...held?.ways, ...waysOf(ways) },
        quietHours: quietHours === undefined ? (held?.quietHours ?? null) : quietHours,
      };
      const at = clock.now();
      await notices.prefer(person, reset ? null : wanted, at);
      return reset ? { person, ways: {}, quietHours: null, setAt: null } : { person, ...wanted, setAt: at };
    },
  );

  /** A person's mail and own targets; anything else is taken as it is. */
  async function recipientsOf(to: string): Promise<string[]> {
    const { targets } = (await policy.current()).notices;
    const person = (await policy.people()).find(
      (one) => one.name === to || one.mail.toLowerCase() === to.toLowerCase(),
    );
    if (person === undefined) return [to];
    return [person.mail, ...targets.filter((one) => one.person === person.name).map((one) => one.name)];
  }

  async function noticeView(noticeId: string): Promise<NoticeView> {
    const notice = await notices.notice(noticeId);
    if (notice === null) throw unknown(noticeId);
    const deliveries = await notices.list({ noticeId, limit: deliveriesMax });
    return { ...notice, place: actingPlace(notice), deliveries: deliveries.map(deliveryView) };
  }

  /** The page reads the row anyway, at its next round. */
  async function hint(noticeId: string): Promise<void> {
    try {
      await client.workflow.getHandle(pageWorkflowId(noticeId)).signal(acknowledgedSignal);
    } catch (failure) {
      if (!(failure instanceof WorkflowNotFoundError)) throw failure;
    }
  }
}

function deliveryView({ notice, ...delivery }: NoticeListEntry): NoticeDeliveryView {
  return { ...delivery, ...notice };
}

function waysOf(ways: Partial<Record<string, string[] | undefined>> | undefined): Preferences['ways'] {
  return Object.fromEntries(Object.entries(ways ?? {}).filter(([, names]) => names !== undefined));
}

function requireZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format();
  } catch {
    throw new ApiProblem(400, 'Unknown zone', `${zone} is no time zone: write one such as Europe/Zurich.`);
  }
}

function unknown(noticeId: string): ApiProblem {
  return new ApiProblem(404, 'Unknown notice', `There is no notice ${noticeId}: \`notice list\` shows them.`);
}
