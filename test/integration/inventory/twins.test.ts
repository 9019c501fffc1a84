// Twins through the API and the real activities over a real database: who may decide, and what of a decision still counts when it is built (I1, I6, I9).

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Ports } from '../../../activities/ports.js';
import { createTwinActivities } from '../../../activities/twins.js';
import { createTwinBuildActivities } from '../../../activities/twinBuild.js';
import { createTwinStepActivities } from '../../../activities/twinSteps.js';
import type { TwinView } from '../../../api/contract/index.js';
import type { Policy } from '../../../domain/policy.js';
import { twinAddress, twinSessionId } from '../../../domain/twin.js';
import { AzureFailure, type OperationRequest, type TagsThere } from '../../../ports/azure.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { someVm } from '../../support/facts.js';
import { people } from '../../support/line.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const production = '5e1d0c1a-0001-4000-8000-000000000001';
const staging = '5e1d0c1a-0003-4000-8000-000000000003';
const reason = 'the subnet is closed to everything';
const names = ['sql-prd-01', 'sql-prd-02', 'sql-prd-03', 'sql-prd-04'];

onEveryDatabase('a twin', (start) => {
  let database: TestDatabase;
  let desk: Desk;
  let ports: Ports;
  let now: { policy: (policy: Policy) => Policy; people: typeof people; tags: TagsThere; asked: OperationRequest[] };
  let isGone = false;

  beforeAll(async () => {
    database = await start();
    desk = await openDesk(database);
    const at = new Date().toISOString();
    const {
      guest: _g,
      assessment: _a,
      firstSeenAt: _f,
      joinedAt: _j,
      goneAt: _x,
      ...vm
    } = someVm({
      category: 'sql',
      subscriptionId: production,
      size: 'Standard_E8s_v5',
      tags: { category: 'sql', role: 'sql server' },
    });
    const machines = names.map((name) => ({
      ...vm,
      vmId: name,
      name,
      resourceGroup: 'rg-sql-prod',
      azureId: `/subscriptions/${production}/resourcegroups/rg-sql-prod/providers/microsoft.compute/virtualmachines/${name}`,
    }));
    const twin = { ...vm, vmId: 'sql-stg-01', name: 'sql-stg-01', environment: 'staging' as const };
    await desk.inventory.fleet.saveListed([...machines, twin], [production], at);
    // Each has a release of its own, so that no two are alike.
    for (const [index, name] of [...names, 'sql-stg-01'].entries()) {
      const software = [{ name: `Microsoft SQL Server 20${15 + index}`, version: '1', source: 'registry' as const }];
      await desk.inventory.guests.saveInventory(name, { software, updates: [], administrators: [], linux: null }, at);
    }
    for (const name of names) await restorePoint(name);
    ports = {
      ...desk.ports,
      policy: {
        current: async () => now.policy(await desk.ports.policy.current()),
        people: async () => now.people,
      },
      azure: {
        restorePointDisks: async () => {
          if (isGone) throw new AzureFailure('notFound', 'the resource was not found', 'ResourceNotFound', null);
          return [
            { lun: null, source: '/points/os' },
            { lun: 3, source: '/points/data' },
          ];
        },
        tagsThere: async () => now.tags,
        start: async (request: OperationRequest) => {
          now.asked.push(request);
          return { url: null, result: null };
        },
      },
    } as unknown as Ports;
  }, 60_000);

  beforeEach(() => {
    isGone = false;
    now = { policy: (policy) => policy, people, tags: { machine: null, disks: [] }, asked: [] };
  });

  afterAll(async () => {
    await desk.close();
    await database.close();
  });

  async function restorePoint(vmId: string): Promise<void> {
    const { operations } = desk.inventory;
    await operations.intend(`maintenance/x#${vmId}`, 'restorePoint', vmId, new Date().toISOString());
    await operations.finished(`maintenance/x#${vmId}`, 'restorePoint', 'succeeded', null, null);
  }

  const propose = async (vm: string, as = 'sam') => {
    const made = await desk.api.post('/v1/twins', { vm, reason: 'nothing stands for it' }, as);
    expect([made.status, made.body]).toEqual([200, expect.objectContaining({ status: 'proposed', proposedBy: as })]);
    return made.body as TwinView;
  };
  const decide = (twin: TwinView, change: object = {}, as = 'riley') =>
    desk.api.post(
      `/v1/twins/${twin.twinId}/decision`,
      { verdict: 'approve', digest: twin.digest, reason, ...change },
      as,
    );
  const detail = ({ body }: { body: unknown }) => (body as { detail: string }).detail;
  const shown = async ({ twinId }: TwinView) => (await desk.api.get(`/v1/twins/${twinId}`, 'kim')).body as TwinView;
  const open = ({ twinId }: TwinView) => createTwinBuildActivities(ports).openTwin({ twinId });
  const perform = (
    { twinId }: TwinView,
    step: 'makeDisk0' | 'makeMachine' | 'removeMachine',
    sessionId = twinSessionId(twinId),
  ) => createTwinStepActivities(ports).performTwinStep({ twinId, sessionId, step });
  const end = ({ twinId }: TwinView) => createTwinActivities(ports).failTwin({ twinId, reason: 'over', alarm: false });
  const events = async (words: string) =>
    (await desk.inventory.events.events({})).filter((event) => event.what.includes(words));

  test.each([
    ['somebody who only schedules', { vm: names[0], reason }, 'kim', 403, 'scheduler'],
    ['a machine that nobody knows', { vm: 'none', reason }, 'sam', 404, 'none'],
    ['a staging machine', { vm: 'sql-stg-01', reason }, 'sam', 409, 'is in staging itself'],
    ['no reason', { vm: names[0], reason: '  ' }, 'sam', 400, ''],
    ['what is not asked for', { vm: names[0], reason, resourceGroup: 'rg-sql-prod' }, 'sam', 400, ''],
  ])('%s: refused, and said why', async (_, body, as, status, words) => {
    const answer = await desk.api.post('/v1/twins', body, as);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(words);
    expect((await desk.api.get('/v1/twins', 'kim')).body).toEqual([]);
  });

  test('is built by exactly what another person signed, and only while that stands', async () => {
    const twin = await propose(names[0] ?? '', 'both');
    expect(detail(await desk.api.post('/v1/twins', { vm: names[0], reason }, 'sam'))).toContain('is proposed');
    expect(await open(twin)).toMatchObject({ kind: 'refused', reasons: ['it is proposed'] });
    expect(detail(await decide(twin, {}, 'both'))).toContain('both proposed it and cannot decide it');
    expect(detail(await decide(twin, {}, 'sam'))).toContain('sam does not decide for sql');
    expect(detail(await decide(twin, { digest: 'e'.repeat(64) }))).toContain('something else than what is shown');
    expect(detail(await decide(twin, { reason: '   short  ' }))).toContain('at least 10');
    expect((await events('decision refused')).map((event) => event.who)).toEqual(['both', 'sam', 'riley', 'riley']);

    expect((await decide(twin)).body).toMatchObject({ status: 'approved', decidedBy: 'riley' });
    expect(detail(await decide(twin, { verdict: 'refuse' }))).toContain('it is approved');
    // The role lost, the rules changed, everything stopped: each alone is enough.
    now.people = people.map((person) => (person.name === 'riley' ? { ...person, roles: ['viewer'] } : person));
    expect(JSON.stringify(await open(twin))).toContain('riley does not decide for sql');
    now.people = people;
    now.policy = (policy) => ({
      ...policy,
      twins: { ...(policy.twins as NonNullable<Policy['twins']>), lifeDays: 90 },
    });
    expect(JSON.stringify(await open(twin))).toContain(
      'its life in days was 14 when it was decided, and is 90 by policy',
    );
    now.policy = (policy) => ({ ...policy, environments: policy.environments.slice(0, 1) });
    expect(JSON.stringify(await open(twin))).toContain('counts as production there');
    now.policy = (policy) => ({ ...policy, twins: null });
    expect(JSON.stringify(await open(twin))).toContain('policy builds no twin');
    now.policy = (policy) => policy;
    await desk.inventory.stops.stopAll('sam', 'a drill', new Date().toISOString());
    expect(JSON.stringify(await open(twin))).toContain('everything is stopped by sam');
    await desk.inventory.stops.liftStop('sam', 'over', new Date().toISOString());
    // Whoever writes into the database signs nothing.
    const elsewhere = "jsonb_set(subject, '{subnet}', '\"/production\"')";
    await database.pool.query(`update twin set subject = ${elsewhere} where twin_id = '${twin.twinId}'`);
    expect(JSON.stringify(await open(twin))).toContain('not what was decided on');
    expect(await perform(twin, 'makeMachine')).toMatchObject({ kind: 'failed' });
    expect(now.asked).toEqual([]);
    const back = `jsonb_set(subject, '{subnet}', '${JSON.stringify(twin.subject.subnet)}')`;
    await database.pool.query(`update twin set subject = ${back} where twin_id = '${twin.twinId}'`);

    expect(await open(twin)).toEqual({ kind: 'open', fresh: false, disks: 2 });
    expect((await shown(twin)).disks?.map((disk) => disk.name)).toEqual(
      ['os', 'data-3'].map((part) => `${twin.subject.name}-${part}`),
    );
    expect(await perform(twin, 'makeDisk0')).toEqual({ kind: 'succeeded' });
    expect(await perform(twin, 'makeDisk0')).toEqual({ kind: 'succeeded' });
    expect(now.asked).toMatchObject([{ kind: 'makeDisk', tags: twin.subject.tags, vm: twinAddress(twin.subject) }]);
    await end(twin);
  });

  test('whose restore point is gone fails, and says what to do', async () => {
    const twin = await propose(names[1] ?? '');
    await decide(twin);
    isGone = true;
    const opened = await open(twin);
    expect(JSON.stringify(opened)).toContain('twin propose sql-prd-02 --fresh');
    await end(twin);
    expect(await shown(twin)).toMatchObject({ status: 'failed', detail: 'over' });
    expect(desk.told.filter((notice) => notice.subject.includes('failed')).at(-1)?.to).toEqual([
      'riley@patchline.example',
      'sam@patchline.example',
    ]);
  });

  test('touches nothing of its name that is not its own', async () => {
    const twin = await propose(names[2] ?? '');
    await decide(twin);
    await open(twin);
    now.tags = { machine: { owner: 'somebody' }, disks: [{ name: `${twin.subject.name}-os`, tags: {} }] };
    expect(await perform(twin, 'makeDisk0')).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('left alone'),
    });
    expect(await perform(twin, 'makeMachine')).toMatchObject({ kind: 'failed' });
    expect(await perform(twin, 'removeMachine')).toMatchObject({ kind: 'failed' });
    expect(await createTwinStepActivities(ports).twinRemains(twin)).toEqual({
      machine: false,
      disks: [],
      foreign: [twin.subject.name, `${twin.subject.name}-os`],
    });
    expect(now.asked).toEqual([]);
    now.tags = { machine: twin.subject.tags, disks: [] };
    expect(await perform(twin, 'removeMachine', 'removal/1')).toEqual({ kind: 'succeeded' });
    expect(now.asked).toMatchObject([{ kind: 'removeMachine' }]);
    await end(twin);
  });

  test('that counts as production once it is there is known as misplaced, whatever its tags say', async () => {
    const twin = await propose(names[3] ?? '');
    await decide(twin);
    await open(twin);
    const building = createTwinBuildActivities(ports);
    expect(await building.placeTwin(twin)).toEqual({ kind: 'unlisted' });
    const {
      guest: _g,
      assessment: _a,
      firstSeenAt: _f,
      joinedAt: _j,
      goneAt: _x,
      ...vm
    } = someVm({
      vmId: 'vm-twin',
      name: twin.subject.name,
      azureId: twinAddress(twin.subject).azureId,
      category: 'sql',
      subscriptionId: staging,
      environment: 'production',
      environmentReason: 'no rule',
    });
    await desk.inventory.fleet.saveListed([vm], [staging], new Date().toISOString());
    expect(await building.placeTwin(twin)).toEqual({
      kind: 'misplaced',
      reasons: ['it counts as production (no rule)'],
    });
    await desk.inventory.fleet.saveListed([{ ...vm, environment: 'staging' }], [staging], new Date().toISOString());
    expect(await building.placeTwin(twin)).toEqual({ kind: 'known', vmId: 'vm-twin' });
    // Its guest never answered: nobody knows what it is, so it stands for nobody (I5).
    expect(await building.measureTwin(twin)).toMatchObject({
      kind: 'unlike',
      reason: expect.stringContaining('software'),
    });
    expect(detail(await desk.api.post(`/v1/twins/${twin.twinId}/retirement`, { reason: 'done' }, 'sam'))).toContain(
      'is building',
    );
    await end(twin);
  });

  test('is proposed no more than policy allows, is refused, and expires', async () => {
    const asked = [await propose(names[0] ?? ''), await propose(names[1] ?? ''), await propose(names[2] ?? '')];
    expect(detail(await desk.api.post('/v1/twins', { vm: names[3], reason }, 'sam'))).toContain('allows 3 at once');
    const [one, two, three] = asked as [TwinView, TwinView, TwinView];
    expect((await decide(one, { verdict: 'refuse' })).body).toMatchObject({ status: 'refused' });
    await createTwinActivities(ports).expireTwin(two);
    expect(detail(await decide(two))).toContain('it is expired');
    await database.pool.query(
      `update twin set expires_at = now() - interval '1 minute' where twin_id = '${three.twinId}'`,
    );
    expect(detail(await decide(three))).toContain('expired at');
    await createTwinActivities(ports).expireTwin(three);
    const listed = (await desk.api.get('/v1/twins?status=refused&category=sql&vm=sql-prd-01', 'kim')).body;
    expect(listed).toMatchObject([{ twinId: one.twinId }]);
    expect(await createTwinActivities(ports).sweepTwins()).toEqual({ attended: 4 });
    const told = (await events(`twin ${one.subject.name}`)).concat(await events(`twin ${two.subject.name}`));
    expect(told.map((event) => `${event.who}: ${event.what.replace(/^.* of sql-prd-0\d/, '')}`)).toEqual([
      'sam:  was proposed',
      'riley: : refused',
      'sam:  was proposed',
      'Patchline: : expired',
      'riley: : decision refused: it is expired: nothing awaits a decision',
    ]);
  });
});
