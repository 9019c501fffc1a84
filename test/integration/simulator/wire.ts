// Bare HTTPS to a simulated Azure of the test's own: no SDK in between that could smooth anything over.

import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator, type Simulator } from '../../../simulator/server.js';
import type { Guest } from '../../../simulator/world.js';
import { temporaryFolder } from '../../support/temporary.js';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, unknown>;
}

export interface Wire {
  simulator: Simulator;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  guest(name: string): Promise<Guest>;
  control(verb: string, body: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

export const authorization = { authorization: 'Bearer simulated-token' };
export const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
export const version = 'api-version=2026-04-01';

export const install2019 = { rebootSetting: 'IfRequired', windowsParameters: { kbNumbersToInclude: ['KB5070883'] } };
export const install2022 = { rebootSetting: 'IfRequired', windowsParameters: { kbNumbersToInclude: ['KB5070884'] } };

export async function openWire({ speed = 3000, dataDir }: { speed?: number; dataDir?: string } = {}): Promise<Wire> {
  const simulator = await startSimulator({ dataDir: dataDir ?? (await temporaryFolder()), vms: 20, speed });
  const agent = new Agent({ ca: readFileSync(simulator.caFile), keepAlive: true });
  const ask: Wire['ask'] = (method, path, body, headers = authorization) =>
    new Promise((resolve, reject) => {
      const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      const asked = request(new URL(path, simulator.url), { agent, method, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => {
          const json = (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}) as Answer['json'];
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json });
        });
      });
      asked.on('error', reject);
      asked.end(sent);
    });
  return {
    simulator,
    ask,
    async guest(name) {
      const guests = (await ask('GET', '/_control/guests')).json as unknown as Guest[];
      const found = guests.find((guest) => guest.name === name);
      if (found === undefined) throw new Error(`no machine is called ${name}`);
      return found;
    },
    async control(verb, body) {
      const answer = await ask('POST', `/_control/${verb}`, body);
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async close() {
      agent.destroy();
      await simulator.close();
    },
  };
}

export async function post(on: Wire, vm: string, verb: string, body: unknown = {}): Promise<Answer> {
  return on.ask('POST', `${(await on.guest(vm)).id}/${verb}?${version}`, body);
}

export function addressIn(answer: Answer, header: 'azure-asyncoperation' | 'location'): string {
  return String(answer.headers[header]);
}

/** Begins something that is to be still under way when the next requests come, on a busy machine too. */
export async function slowly(on: Wire, begin: () => Promise<Answer>): Promise<Answer> {
  await on.control('speed', { factor: 100 });
  const answer = await begin();
  await on.control('speed', { factor: 3000 });
  return answer;
}

/** Polls an accepted operation to its end. */
export async function ended(on: Wire, accepted: Answer): Promise<Answer> {
  for (let tries = 0; tries < 200; tries += 1) {
    const poll = await on.ask('GET', addressIn(accepted, 'azure-asyncoperation'));
    if (poll.json['status'] !== 'InProgress') return poll;
    await sleep(25);
  }
  throw new Error('the operation did not end');
}

export function errorIn(answer: Answer): { code: string; message: string; target?: string } {
  return answer.json['error'] as { code: string; message: string; target?: string };
}

export function outputOf(poll: Answer): Record<string, unknown> {
  return (poll.json['properties'] as { output: Record<string, unknown> }).output;
}
