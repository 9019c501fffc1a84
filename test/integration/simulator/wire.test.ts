// What the simulated Azure says over bare HTTPS, against traffic of the real one: headers, bodies, refusals.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { machinesQuery } from '../../../simulator/resourceGraph.js';
import { installsOf, requestsOf } from '../../support/journal.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import {
  addressIn,
  authorization,
  ended,
  errorIn,
  guid,
  install2019,
  install2022,
  openWire,
  outputOf,
  post,
  version,
  type Wire,
} from './wire.js';

let wire: Wire;
/** As slow as the real Azure: token buckets do not refill during a test. */
let slow: Wire;

beforeAll(async () => {
  wire = await openWire();
  slow = await openWire({ speed: 1 });
});

afterAll(async () => {
  await wire.close();
  await slow.close();
  await removeTemporaryFolders();
});

describe('signing in', () => {
  const tokenPath = (tenant: string): string => `/${tenant}/oauth2/v2.0/token`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  test('a client secret buys a bearer token', async () => {
    const { tenantId, clientId, clientSecret, url } = wire.simulator;
    const told = await wire.ask('GET', `/${tenantId}/v2.0/.well-known/openid-configuration`, undefined, {});
    expect(told.json).toMatchObject({ token_endpoint: `${url}${tokenPath(tenantId)}` });
    const asked = new URLSearchParams({ client_id: clientId, client_secret: clientSecret }).toString();
    const token = await wire.ask('POST', tokenPath(tenantId), asked, form);
    expect(token).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 3599 } });
    const { id } = await wire.guest('web-prd-01');
    const bought = { authorization: `Bearer ${String(token.json['access_token'])}` };
    expect((await wire.ask('GET', `${id}?${version}`, undefined, bought)).status).toBe(200);
  });

  test('a wrong secret and a wrong tenant are refused', async () => {
    const { tenantId, clientId } = wire.simulator;
    const asked = new URLSearchParams({ client_id: clientId, client_secret: 'guessed' }).toString();
    const wrong = await wire.ask('POST', tokenPath(tenantId), asked, form);
    expect(wrong).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    const elsewhere = await wire.ask('POST', tokenPath('another-tenant'), asked, form);
    expect(elsewhere).toMatchObject({ status: 400, json: { error: 'invalid_tenant' } });
  });

  test('without a token nothing is answered, and nothing begins', async () => {
    const { id } = await wire.guest('linux-prd-04');
    for (const headers of [{}, { authorization: 'Bearer another' }]) {
      const answer = await wire.ask('POST', `${id}/installPatches?${version}`, install2019, headers);
      expect(answer.status).toBe(401);
      expect(errorIn(answer).code).toBe('AuthenticationFailed');
    }
    expect(installsOf(wire.simulator.journalFile, 'linux-prd-04')).toEqual([]);
  });
});

interface Exchange {
  request: { body?: unknown };
  response: { status: number; headers: Record<string, string>; absent?: string[]; body: Record<string, unknown> };
}

/** Which parts an operation's address has, whatever they hold. */
function shapeOf(address: string): unknown {
  const url = new URL(address);
  const path = url.pathname.replaceAll(new RegExp(guid, 'g'), '<guid>').replace(/locations\/\w+/, 'locations/<place>');
  return { path, query: [...url.searchParams.keys()] };
}

describe('an installation', () => {
  const recording = sharedPath('azure', 'recordings', 'installPatches-2024-11-23.json');

  testWith(recording)('is refused, accepted and polled as in the recording', async () => {
    const { exchanges } = JSON.parse(readFileSync(recording, 'utf8')) as { exchanges: Exchange[] };
    const [refusal, acceptance, poll, result] = exchanges as [Exchange, Exchange, Exchange, Exchange];
    const body = refusal.request.body as { windowsParameters: { kbNumbersToInclude: string[] } };

    const refused = await post(slow, 'file-prd-01', 'installPatches', body);
    expect(refused.status).toBe(refusal.response.status);
    expect(refused.json).toEqual(refusal.response.body);
    expect(refused.headers).toMatchObject(refusal.response.headers);

    const windowsParameters = { ...body.windowsParameters, kbNumbersToInclude: ['KB4512508'] };
    const accepted = await post(slow, 'file-prd-01', 'installPatches', { ...body, windowsParameters });
    const { location, 'azure-asyncoperation': operation, ...headers } = acceptance.response.headers;
    expect(accepted).toMatchObject({ status: 202, text: '', headers });
    for (const name of acceptance.response.absent ?? []) expect(accepted.headers).not.toHaveProperty(name);
    expect(shapeOf(addressIn(accepted, 'azure-asyncoperation'))).toEqual(shapeOf(String(operation)));
    expect(shapeOf(addressIn(accepted, 'location'))).toEqual(shapeOf(String(location)));

    const polled = await slow.ask('GET', addressIn(accepted, 'azure-asyncoperation'));
    expect(polled.status).toBe(200);
    expect(Object.keys(polled.json)).toEqual(Object.keys(poll.response.body));
    expect(polled.json['status']).toBe('InProgress');
    expect(polled.headers['x-ms-ratelimit-remaining-resource']).toContain('Microsoft.Compute/GetOperationResource;44');
    expect(polled.headers['x-ms-ratelimit-remaining-subscription-global-reads']).toBe('3749');
    for (const name of poll.response.absent ?? []) expect(polled.headers).not.toHaveProperty(name);

    const done = outputOf(await ended(wire, await post(wire, 'file-prd-01', 'installPatches', install2019)));
    expect(Object.keys(done)).toEqual(Object.keys(result.response.body));
    expect(done['error']).toEqual(result.response.body['error']);
  });

  test('is accepted with an empty body and two opaque addresses', async () => {
    const accepted = await post(wire, 'web-prd-01', 'installPatches', install2022);
    expect(accepted).toMatchObject({ status: 202, text: '' });
    expect(accepted.headers).toMatchObject({ 'content-length': '0', 'azure-asyncnotification': 'Enabled' });
    expect(accepted.headers).not.toHaveProperty('retry-after');
    expect(accepted.headers).not.toHaveProperty('content-type');
    const address = addressIn(accepted, 'azure-asyncoperation');
    expect(address.length).toBeGreaterThan(3000);
    expect(addressIn(accepted, 'location')).toBe(address.replace('&api-version', '&monitor=true&api-version'));
    const { searchParams } = new URL(address);
    for (const part of ['p', 't', 'c', 's', 'h']) {
      const rebuilt = new URL(address);
      rebuilt.searchParams.set(part, `${searchParams.get(part)?.slice(1) ?? ''}0`);
      expect((await wire.ask('GET', rebuilt.href)).status).toBe(403);
    }
    await ended(wire, accepted);
  });

  test('runs, then ends with bare numbers and the error code "0"', async () => {
    const accepted = await post(wire, 'web-prd-02', 'installPatches', install2019);
    const id = guid.exec(
      new URL(addressIn(accepted, 'azure-asyncoperation')).pathname.split('/operations/')[1] ?? '',
    )?.[0];
    const running = await wire.ask('GET', addressIn(accepted, 'azure-asyncoperation'));
    expect(running.json).toEqual({ startTime: expect.any(String), status: 'InProgress', name: id });
    expect(await wire.ask('GET', addressIn(accepted, 'location'))).toMatchObject({ status: 202, text: '' });

    const poll = await ended(wire, accepted);
    expect(Object.keys(poll.json)).toEqual(['startTime', 'endTime', 'status', 'properties', 'name']);
    expect(outputOf(poll)).toMatchObject({
      status: 'Succeeded',
      installationActivityId: id,
      rebootStatus: 'Completed',
      maintenanceWindowExceeded: false,
      installedPatchCount: 1,
      error: { code: '0', details: [], message: '0 error/s reported.' },
    });
    const patches = outputOf(poll)['patches'] as { kbId: string; installationState: string }[];
    expect(patches).toContainEqual(expect.objectContaining({ kbId: '5070883', installationState: 'Installed' }));
    expect(patches.every(({ kbId }) => /^\d+$/.test(kbId))).toBe(true);
    expect((await wire.ask('GET', addressIn(accepted, 'location'))).json).toEqual(outputOf(poll));
    expect((await wire.guest('web-prd-02')).build).toBe('10.0.17763.7922');
  });

  test('that may not restart leaves the restart pending until somebody restarts', async () => {
    const never = { ...install2019, rebootSetting: 'Never' };
    const first = await ended(wire, await post(wire, 'app-prd-01', 'installPatches', never));
    expect(outputOf(first)['rebootStatus']).toBe('Required');
    const again = await ended(wire, await post(wire, 'app-prd-01', 'installPatches', never));
    expect(outputOf(again)).toMatchObject({ rebootStatus: 'Required', installedPatchCount: 0 });
    const assessed = await ended(wire, await post(wire, 'app-prd-01', 'assessPatches'));
    expect(outputOf(assessed)['rebootPending']).toBe(true);
    await ended(wire, await post(wire, 'app-prd-01', 'restart'));
    expect(await wire.guest('app-prd-01')).toMatchObject({ power: 'running', pendingReboot: false });
  });

  test.each([
    [
      { rebootSetting: 'Never', windowsParameters: { kbNumbersToInclude: ['1111'] } },
      'windowsParameters.kbNumbersToInclude',
      "The entry in 'kbNumbersToInclude' with value '1111' is not valid. It must be a KBID such as KB4512508.",
    ],
    [
      { rebootSetting: 'Never', windowsParameters: { classificationsToInclude: ['15'] } },
      'windowsParameters.classificationsToInclude',
      "The value '15' of parameter 'windowsParameters.classificationsToInclude' is not allowed. Allowed values are: Unknown, Critical, Security, UpdateRollup, FeaturePack, ServicePack, Definition, Tools, Updates.",
    ],
    [{ rebootSetting: 'Sometimes' }, 'rebootSetting', expect.stringContaining("'Sometimes'")],
    [{}, 'rebootSetting', expect.any(String)],
    [{ rebootSetting: 'Never', maximumDuration: 'P1D' }, 'maximumDuration', expect.stringContaining("'P1D'")],
  ])('is refused with the target: %j', async (body, target, message) => {
    const refused = await post(wire, 'dc-prd-01', 'installPatches', body);
    expect(refused.status).toBe(400);
    expect(refused.json).toEqual({ error: { code: 'InvalidParameter', target, message } });
    expect(installsOf(wire.simulator.journalFile, 'dc-prd-01')).toEqual([]);
  });

  test('keeps every other operation on the machine away, except run commands', async () => {
    await wire.control('slow', { factor: 4 });
    const accepted = await post(wire, 'app-prd-02', 'installPatches', install2022);
    await wire.control('slow', { factor: 1 });
    for (const verb of ['installPatches', 'assessPatches', 'deallocate', 'restart', 'powerOff']) {
      const refused = await post(wire, 'app-prd-02', verb, install2022);
      expect(refused.status).toBe(409);
      const message = `Operation '${verb}' is not allowed on VM 'app-prd-02' since another operation is in progress.`;
      expect(errorIn(refused)).toEqual({ code: 'OperationNotAllowed', message });
    }
    const { id, location } = await wire.guest('app-prd-02');
    const command = { location, properties: { source: { script: '# patchline-verb: guest-facts/1' } } };
    expect((await wire.ask('PUT', `${id}/runCommands/facts?${version}`, command)).status).toBe(201);
    await ended(wire, accepted);
    expect(installsOf(wire.simulator.journalFile, 'app-prd-02')).toHaveLength(1);
  });

  test('asked for twice is two installations, even under one request id', async () => {
    const { id } = await wire.guest('sql-prd-01');
    const headers = { ...authorization, 'x-ms-client-request-id': 'the-same' };
    for (let time = 0; time < 2; time += 1) {
      const accepted = await wire.ask('POST', `${id}/installPatches?${version}`, install2019, headers);
      expect(accepted.headers['x-ms-client-request-id']).toBe('the-same');
      await ended(wire, accepted);
    }
    const installs = installsOf(wire.simulator.journalFile, 'sql-prd-01');
    expect(installs).toHaveLength(2);
    expect(new Set(installs.map(({ operation }) => operation)).size).toBe(2);
    const line = { kbs: ['KB5070883'], clientRequestId: 'the-same', status: 202 };
    expect(installs).toEqual([expect.objectContaining(line), expect.objectContaining(line)]);
  });

  test('needs a running machine', async () => {
    await wire.control('power', { vm: 'web-prd-03', power: 'stopped' });
    const refused = await post(wire, 'web-prd-03', 'installPatches', install2022);
    expect(refused.status).toBe(409);
    expect(errorIn(refused)).toEqual({
      code: 'OperationNotAllowed',
      message: 'The operation requires the VM to be running (or set to run).',
    });
  });
});

describe('limits', () => {
  test('every answer tells what is left', async () => {
    const { id } = await slow.guest('dc-prd-01');
    const read = await slow.ask('GET', `${id}?${version}`);
    expect(read.headers['x-ms-ratelimit-remaining-resource']).toBe(
      'Microsoft.Compute/LowCostGetSubscriptionMaximum;23999,Microsoft.Compute/LowCostGetResource;35',
    );
    const list = await slow.ask(
      'GET',
      `${id.slice(0, id.indexOf('/resourcegroups'))}/providers/Microsoft.Compute/virtualMachines?${version}`,
    );
    expect(list.headers['x-ms-ratelimit-remaining-resource']).toBe(
      'Microsoft.Compute/HighCostGetSubscriptionMaximum;899',
    );
  });

  test('an empty bucket answers 429 without an error wrapper, and begins nothing', async () => {
    // A refused request spends a token as well.
    const invalid = { rebootSetting: 'Sometimes' };
    for (let left = 5; left >= 0; left -= 1) {
      const refused = await post(slow, 'web-stg-01', 'installPatches', invalid);
      expect(refused.status).toBe(400);
      expect(refused.headers['x-ms-ratelimit-remaining-resource']).toContain(`VMGuestPatchOperationResource;${left}`);
    }
    await slow.control('fault', { kind: 'operationFailed', vm: 'web-stg-01' });
    for (const verb of ['installPatches', 'assessPatches']) {
      const throttled = await post(slow, 'web-stg-01', verb, install2019);
      expect(throttled.status).toBe(429);
      expect(Number(throttled.headers['retry-after'])).toBeGreaterThan(25);
      expect(Object.keys(throttled.json)).toEqual(['code', 'message', 'details']);
      const [detail] = throttled.json['details'] as { code: string; target: string; message: string }[];
      expect(throttled.json['code']).toBe('OperationNotAllowed');
      expect(detail).toMatchObject({ code: 'TooManyRequests', target: 'VMGuestPatchOperationResource' });
      expect(JSON.parse(detail?.message ?? '')).toMatchObject({ operationGroup: 'VMGuestPatchOperationResource' });
    }
    const refused = requestsOf(slow.simulator.journalFile).filter((line) => line.status === 429);
    expect(refused).toHaveLength(2);
    for (const line of refused) {
      expect(line).not.toHaveProperty('operation');
      // The fault waits for a request that gets further.
      expect(line).not.toHaveProperty('fault');
    }
    expect((await post(slow, 'web-stg-02', 'installPatches', invalid)).status).toBe(400);
  });
});

describe('addresses', () => {
  test('take any case, and come back with the group in capitals', async () => {
    const { id, name } = await wire.guest('dc-prd-01');
    const found = await wire.ask('GET', `${id.toUpperCase()}?${version}`);
    expect(found).toMatchObject({ status: 200, json: { name } });
    expect(String(found.json['id'])).toContain('/resourceGroups/RG-DC-PROD/');
    expect(String(found.json['id']).toLowerCase()).toBe(id);
    expect(found.headers['x-ms-request-id']).toMatch(guid);
  });

  test('of nothing are not found', async () => {
    const { id } = await wire.guest('dc-prd-01');
    const codes = await Promise.all(
      [`${id}-gone`, id.replace(/[^/]+(?=\/resourcegroups)/, 'another'), `${id}/unknown`].map(async (path) => {
        const { status, json } = await wire.ask('GET', `${path}?${version}`);
        return [status, (json['error'] as { code: string }).code];
      }),
    );
    expect(codes).toEqual([
      [404, 'ResourceNotFound'],
      [404, 'SubscriptionNotFound'],
      [404, 'InvalidResourceType'],
    ]);
  });
});

describe('Resource Graph', () => {
  const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';

  test('pages by skip token, each machine once, in the order of ids', async () => {
    const { subscriptions } = wire.simulator;
    const rows: { id: string }[] = [];
    const counts: unknown[] = [];
    let token: unknown;
    do {
      const options = { $top: 8, ...(token === undefined ? {} : { $skipToken: token }) };
      const page = await wire.ask('POST', path, { subscriptions, query: machinesQuery, options });
      expect(page).toMatchObject({ status: 200, json: { totalRecords: 20, resultTruncated: 'false', facets: [] } });
      expect(page.headers).toHaveProperty('x-ms-user-quota-remaining');
      counts.push(page.json['count']);
      rows.push(...(page.json['data'] as { id: string }[]));
      token = page.json['$skipToken'];
    } while (token !== undefined);
    expect(counts).toEqual([8, 8, 4]);
    const ids = rows.map((row) => row.id.toLowerCase());
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(20);
  });

  test('knows no other query and no other token', async () => {
    const { subscriptions } = wire.simulator;
    const unknown = await wire.ask('POST', path, { subscriptions, query: 'resources | take 1' });
    expect([unknown.status, errorIn(unknown).code]).toEqual([400, 'BadRequest']);
    const options = { $skipToken: 'made-up' };
    expect((await wire.ask('POST', path, { subscriptions, query: machinesQuery, options })).status).toBe(400);
  });
});
