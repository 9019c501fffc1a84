// The control interface: faults, bad patches, speed. What a test or a demonstration does to the simulated world from outside.

import { randomUUID } from 'node:crypto';
import type { Cloud } from './cloud.js';
import { deployedLike, fleetChanges } from './fleet.js';
import { readJournal } from './journal.js';
import { packageOrders } from './controlPackages.js';
import { guestNamed, onGuest, text, type Orders } from './controlOrders.js';
import type { Change } from './world.js';

export interface ControlAnswer {
  status: number;
  body: unknown;
}

const faultKinds = [
  'throttled',
  'serverError',
  'answerLost',
  'answerHeld',
  'unavailableButAccepted',
  'lostLocation',
  'operationFailed',
  'windowExceeded',
  'partlyFailed',
  'installFailed',
];

export function control(cloud: Cloud, method: string, verb: string, body: Record<string, unknown>): ControlAnswer {
  const { tables } = cloud.journal;
  if (method === 'GET') {
    if (verb === 'guests') return done([...tables.guests.values()]);
    if (verb === 'journal') return done(readJournal(cloud.journal.file));
    return wrong(`there is no ${verb} to look at: guests, journal`);
  }
  const work = orders[verb];
  if (method !== 'POST' || work === undefined)
    return wrong(`there is no order ${verb}: ${Object.keys(orders).join(', ')}`);
  const changes = work(cloud, body);
  if (typeof changes === 'string') return wrong(changes);
  cloud.journal.commit(`control: ${verb}`, changes);
  return done({ changed: changes.length });
}

function done(body: unknown): ControlAnswer {
  return { status: 200, body };
}

function wrong(message: string): ControlAnswer {
  return { status: 400, body: { error: { code: 'BadControl', message } } };
}

/** Changes, or what is wrong with the order. */
const orders: Orders = {
  ...packageOrders,
  'bad-patch': (cloud, { kb, software, service, error }) => {
    if (typeof kb !== 'string' || !/^\d{6,8}$/.test(kb)) return 'kb: bare digits';
    if (software === null)
      return [...cloud.journal.tables.badPatches.entries()].flatMap(([key, bad]): Change[] =>
        bad.kb === kb ? [{ table: 'badPatches', key, set: null }] : [],
      );
    if (typeof software !== 'string') return 'software: name of what the patch breaks, null to mend the patch';
    return [
      {
        table: 'badPatches',
        key: `${kb}/${software}`,
        set: {
          kb,
          software,
          service: typeof service === 'string' ? service : null,
          error: typeof error === 'string' ? error : null,
        },
      },
    ];
  },
  fault: (_, { kind, action, vm, times, after }) => {
    if (typeof kind !== 'string' || !faultKinds.includes(kind)) return `kind: one of ${faultKinds.join(', ')}`;
    const id = randomUUID();
    const set = {
      id,
      kind,
      action: text(action, '*'),
      vm: text(vm, '*'),
      times: whole(times, 1),
      after: whole(after, 0),
    };
    return [{ table: 'faults', key: id, set }];
  },
  agent: (cloud, { vm, ready }) => onGuest(cloud, vm, { agentReady: ready === true }),
  power: (cloud, { vm, power }) => {
    if (power !== 'running' && power !== 'stopped' && power !== 'deallocated')
      return 'power: running, stopped or deallocated';
    return onGuest(cloud, vm, { power, agentReady: power === 'running' });
  },
  service: (cloud, { vm, name, running }) => {
    const guest = guestNamed(cloud, vm);
    if (guest === null) return `no machine is called ${String(vm)}`;
    const services = guest.services.map((service) =>
      service.name === name ? { ...service, running: running === true } : service,
    );
    return [{ table: 'guests', key: guest.id, set: { services } }];
  },
  software: (cloud, { vm, name, version }) => {
    const guest = guestNamed(cloud, vm);
    if (guest === null || guest.linux !== undefined || typeof name !== 'string')
      return 'vm: name of a Windows machine; name: of the software that it gets';
    const others = guest.software.filter((one) => one.name !== name);
    return onGuest(cloud, vm, { software: [...others, { name, version: text(version, '1.0') }] });
  },
  /** The machine's scanner: how new its definitions are, and whether newer ones are offered. */
  definitions: (cloud, { vm, version, updatedAt, offered }) =>
    typeof updatedAt === 'string' && !Number.isNaN(Date.parse(updatedAt))
      ? onGuest(cloud, vm, { definitions: { version: text(version, '1.1'), updatedAt, offered: offered === true } })
      : 'updatedAt: ISO instant of its definitions; version; offered: true or false',
  /** What the machine's log and counters show, and what scripts of the team end with: all of `Probed`. */
  probed: (cloud, { vm, ...probed }) => onGuest(cloud, vm, { probed: { errors: [], ...probed } }),
  /** What the guest answers instead of its inventory; null: the truth again. */
  garbage: (cloud, { vm, answer }) =>
    answer === null || typeof answer === 'string'
      ? onGuest(cloud, vm, { garbage: answer })
      : 'answer: the text that the guest prints, or null',
  /** Somebody else installs an update, past every process. */
  'install-outside': (cloud, { vm, kb }) => {
    const guest = guestNamed(cloud, vm);
    if (guest === null || typeof kb !== 'string' || !/^\d{6,8}$/.test(kb))
      return 'vm: name of a machine; kb: bare digits';
    const installedAt = { ...guest.installedAt, [kb]: new Date().toISOString() };
    return onGuest(cloud, vm, { installedKbs: [...guest.installedKbs, kb], installedAt });
  },
  /** Somebody removes an update by hand; `build`: what the machine falls back to. */
  'remove-outside': (cloud, { vm, kb, build }) => {
    const guest = guestNamed(cloud, vm);
    if (guest === null || typeof kb !== 'string' || !guest.installedKbs.includes(kb))
      return 'vm: name of a machine; kb: bare digits of an update that it has';
    const installedKbs = guest.installedKbs.filter((one) => one !== kb);
    return onGuest(cloud, vm, { installedKbs, build: text(build, guest.build) });
  },
  /** Tags as whoever owns the machine sets them. */
  tags: (cloud, { vm, tags }) =>
    typeof tags === 'object' && tags !== null && Object.values(tags).every((value) => typeof value === 'string')
      ? onGuest(cloud, vm, { tags: tags as Record<string, string> })
      : 'tags: an object of texts',
  /** A machine more, from the image of another. */
  'deploy-vm': (cloud, { like, name, build }) => {
    const guest = guestNamed(cloud, like);
    if (
      guest === null ||
      typeof name !== 'string' ||
      !/^[a-z0-9-]{1,40}$/.test(name) ||
      guestNamed(cloud, name) !== null
    )
      return 'like: name of a machine; name: that of the new one, which nobody has';
    return deployedLike(guest, name, text(build, guest.build));
  },
  'delete-vm': (cloud, { vm }) => {
    const guest = guestNamed(cloud, vm);
    return guest === null ? `no machine is called ${String(vm)}` : [{ table: 'guests', key: guest.id, set: null }];
  },
  lag: (_, { seconds }) => setting({ summaryLagSeconds: seconds }),
  speed: (_, { factor }) =>
    typeof factor === 'number' && factor > 0 ? setting({ speed: factor }) : 'factor: a number above zero',
  slow: (_, { factor }) =>
    typeof factor === 'number' && factor > 0 ? setting({ installFactor: factor }) : 'factor: a number above zero',
  wsus: (_, { kb, failed }) => [{ table: 'updates', key: String(kb), set: { failed: failed === true } }],
  feed: (_, { id, text: document, status, location }) => {
    if (typeof id !== 'string')
      return 'id: of a document of the MSRC, or a path such as /cisa/known_exploited_vulnerabilities.json';
    if (document === null) return [{ table: 'documents', key: id, set: null }];
    const answer = typeof status === 'number' ? { status, location: text(location, '') } : {};
    return [{ table: 'documents', key: id, set: { id, text: text(document, ''), ...answer } }];
  },
  redeploy: (cloud, { seed, vms }) => redeploy(cloud, whole(seed, 1), whole(vms, 60)),
};

function whole(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : otherwise;
}

function setting(set: Record<string, unknown>): Change[] | string {
  const wrongOne = Object.entries(set).find(([, value]) => typeof value !== 'number' || !(value >= 0));
  return wrongOne === undefined ? [{ table: 'settings', key: 'settings', set }] : `${wrongOne[0]}: a number`;
}

/** Every machine is deleted and deployed anew from its old image, with a new identity, as an owner would rebuild a fleet. */
function redeploy(cloud: Cloud, seed: number, vms: number): Change[] | string {
  const { tables } = cloud.journal;
  if (
    [...tables.operations.values()].some(
      (operation) => operation.status === 'InProgress' && operation.kind !== 'runCommand',
    )
  ) {
    return 'operations are under way: wait until they have ended';
  }
  const generation = cloud.settings.generation + 1;
  const gone: Change[] = (
    ['guests', 'disks', 'collections', 'restorePoints', 'runCommands', 'badPatches', 'faults', 'published'] as const
  ).flatMap((table) => [...tables[table].keys()].map((key): Change => ({ table, key, set: null })));
  return [
    ...gone,
    { table: 'settings', key: 'settings', set: { generation } },
    ...fleetChanges({ seed, vms, generation }),
  ];
}
