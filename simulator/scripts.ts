// What the guests' PowerShell would do for the scripts that Run Command brings. A script names its verb in its first line.

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Offered } from './documents.js';
import { softwareOf } from './linuxArchive.js';
import { linuxFacts, linuxLines } from './linuxScripts.js';
import { probeLines } from './probes.js';
import type { Change, Guest, HostedUpdate, Settings } from './world.js';

export interface ScriptAnswer {
  exitCode: number;
  output: string;
  error: string;
  changes: Change[];
}

export interface ScriptWorld {
  guest: Guest;
  parameters: Record<string, string>;
  offers: Offered[];
  updates: Map<string, HostedUpdate>;
  settings: Settings;
  now: number;
}

const verbLine = /^# patchline-verb: ([a-z-]+\/\d+)\s*$/m;
/** Real seconds. */
const synchronizationSeconds = 10 * 60;
const downloadSeconds = 5 * 60;

export function runScript(script: string, world: ScriptWorld): ScriptAnswer {
  const verb = verbLine.exec(script.split('\n', 1)[0] ?? '')?.[1] ?? '';
  switch (verb) {
    case 'guest-facts/1':
      return world.guest.osType === 'Windows' ? printed(guestFacts(world)) : failed('pwsh: command not found');
    case 'guest-inventory/1':
      return world.guest.osType === 'Windows' ? inventory(world) : failed('pwsh: command not found');
    case 'linux-facts/1':
    case 'linux-inventory/1':
      return onLinux(world, verb);
    case 'forensics/1':
      return world.guest.osType === 'Windows' ? traces(world) : failed('pwsh: command not found');
    case 'linux-forensics/1':
      return world.guest.osType === 'Linux' ? traces(world) : failed('sh: not recognized as the name of a cmdlet');
    case 'guest-probe/1':
      return world.guest.osType === 'Windows' ? probes(world) : failed('pwsh: command not found');
    case 'linux-probe/1':
      return world.guest.osType === 'Linux' ? probes(world) : failed('sh: not recognized as the name of a cmdlet');
    case 'wsus-synchronize/1':
      return onWsus(world, synchronize);
    case 'wsus-approve/1':
      return onWsus(world, approve);
    case 'wsus-status/1':
      return onWsus(world, status);
    default:
      return failed(`the guest cannot run this script: ${JSON.stringify(script.slice(0, 80))}`);
  }
}

function printed(value: unknown, changes: Change[] = []): ScriptAnswer {
  return { exitCode: 0, output: `${JSON.stringify(value)}\n`, error: '', changes };
}

function failed(error: string): ScriptAnswer {
  return { exitCode: 1, output: '', error, changes: [] };
}

function guestFacts({ guest, parameters }: ScriptWorld) {
  const asked = (parameters['services'] ?? '').split(',').filter((name) => name !== '');
  return {
    osVersion: guest.build,
    installedKbs: guest.installedKbs.map((kb) => `KB${kb}`),
    pendingReboot: guest.pendingReboot,
    services: guest.services.filter(({ name }) => asked.some((want) => want.toLowerCase() === name.toLowerCase())),
    software: guest.software,
  };
}

function onLinux({ guest, parameters }: ScriptWorld, verb: string): ScriptAnswer {
  const { linux, garbage } = guest;
  if (linux === undefined) return failed('sh: not recognized as the name of a cmdlet');
  if (verb === 'linux-facts/1') return printed(linuxFacts(guest, linux, parameters));
  if (typeof garbage === 'string') return { exitCode: 0, output: garbage, error: '', changes: [] };
  const administrators = (guest.administrators ?? []).map((name) => `administrator\t${name}`);
  return paged([...linuxLines(linux), ...administrators, 'end'], parameters);
}

/** Lines of text, packed, a page of them: names are written as they are, control characters aside. */
function inventory({ guest, parameters }: ScriptWorld): ScriptAnswer {
  if (typeof guest.garbage === 'string') return { exitCode: 0, output: guest.garbage, error: '', changes: [] };
  const one = (text: string) => text.replaceAll(/\p{Cc}/gu, ' ').trim();
  const updates = [
    ...(guest.remembered ?? []).map(({ id, at }) => `update\t${id}\t${at}`),
    ...guest.installedKbs.map((kb) => `update\tKB${kb}\t${guest.installedAt?.[kb] ?? ''}`),
  ];
  const lines = [
    ...guest.software.map(({ name, version }) => `software\tregistry\t${one(name)}\t${one(version)}`).sort(),
    ...updates.sort(),
    ...(guest.administrators ?? []).map((name) => `administrator\t${name}`),
    ...(guest.definitions === undefined
      ? []
      : [`definitions\t${guest.definitions.version}\t${guest.definitions.updatedAt}`]),
    'end',
  ];
  return paged(lines, parameters);
}

/** What looks for a compromise finds: processes of the services, listeners, what starts by itself, who signed in. */
function traces({ guest, parameters }: ScriptWorld): ScriptAnswer {
  if (!/^[0-9a-f]{12}$/.test(parameters['capture'] ?? '')) return failed('the capture has no name');
  if (typeof guest.garbage === 'string') return { exitCode: 0, output: guest.garbage, error: '', changes: [] };
  const running = guest.services.filter((service) => service.running);
  return paged(
    [
      `taken\t${guest.name}`,
      'process\t4\t0\tSystem',
      ...running.map(({ name }, index) => `process\t${1000 + 4 * index}\t4\t${name}`),
      ...running.map((_, index) => `listener\ttcp\t0.0.0.0\t${8000 + index}\t${1000 + 4 * index}`),
      ...guest.services.map(({ name, running: up }) => `autorun\tservice\t${name}\t${up ? 'Running' : 'Stopped'}`),
      ...softwareOf(guest).map(({ name, version }) => `autorun\tregistry\t${name}\t${version}`),
      ...(guest.administrators ?? []).map((name) => `logon\t4624\t${name}\t10\t10.0.0.4`),
      'end',
    ],
    parameters,
  );
}

function probes({ guest, parameters, now }: ScriptWorld): ScriptAnswer {
  if (!/^[0-9a-f]{12}$/.test(parameters['capture'] ?? '')) return failed('the capture has no name');
  if (typeof guest.garbage === 'string') return { exitCode: 0, output: guest.garbage, error: '', changes: [] };
  return paged(probeLines(guest, parameters['ask'] ?? '', now), parameters);
}

function paged(lines: string[], parameters: Record<string, string>): ScriptAnswer {
  const packed = gzipSync(lines.join('\n')).toString('base64');
  const offset = Math.min(Number(parameters['offset'] ?? '0'), packed.length);
  const sha256 = createHash('sha256').update(packed, 'ascii').digest('hex');
  return printed({ total: packed.length, offset, sha256, data: packed.slice(offset, offset + 2800) });
}

function onWsus(world: ScriptWorld, work: (world: ScriptWorld) => ScriptAnswer): ScriptAnswer {
  const service = world.guest.services.find(({ name }) => name === 'WsusService');
  if (service === undefined) return failed("The term 'Get-WsusServer' is not recognized as the name of a cmdlet");
  return service.running ? work(world) : failed('Get-WsusServer : Unable to connect to the remote server');
}

function synchronize({ settings, now }: ScriptWorld): ScriptAnswer {
  const until = settings.wsusSynchronizingUntil;
  if (until !== null && Date.parse(until) > now) return printed({ started: false });
  const ends = new Date(now + (synchronizationSeconds * 1000) / settings.speed).toISOString();
  return printed({ started: true }, [
    { table: 'settings', key: 'settings', set: { wsusSynchronizingUntil: ends, wsusSynchronizedAt: ends } },
  ]);
}

/** Updates are on the host once a synchronisation that began after they were published has ended. */
function isKnown({ settings, offers, now }: ScriptWorld, kb: string): boolean {
  const synchronized = settings.wsusSynchronizedAt;
  return synchronized !== null && Date.parse(synchronized) <= now && offers.some((offer) => offer.kb === kb);
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((kb) => /^\d{6,8}$/.test(kb));
}

function approve(world: ScriptWorld): ScriptAnswer {
  const { parameters, updates, settings, offers, now } = world;
  const group = parameters['group'] ?? '';
  if (group === '') return failed('Cannot bind argument to parameter group because it is an empty string.');
  const asked = listOf(parameters['kbs']);
  const known = asked.filter((kb) => isKnown(world, kb));
  const ready = new Date(now + (downloadSeconds * 1000) / settings.speed).toISOString();
  const changes: Change[] = known.map((kb) => {
    const held = updates.get(kb);
    const approvals = [...new Set([...(held?.approvals ?? []), group])];
    const title = offers.find((offer) => offer.kb === kb)?.title ?? '';
    return {
      table: 'updates',
      key: kb,
      set: { kb, title, approvals, readyAt: held?.readyAt ?? ready, failed: held?.failed ?? false },
    };
  });
  return printed({ approved: known, unknown: asked.filter((kb) => !known.includes(kb)) }, changes);
}

function status(world: ScriptWorld): ScriptAnswer {
  const { parameters, updates, settings, offers, now } = world;
  const until = settings.wsusSynchronizingUntil;
  const known = listOf(parameters['kbs']).filter((kb) => isKnown(world, kb));
  return printed({
    synchronizing: until !== null && Date.parse(until) > now,
    lastSynchronization: settings.wsusSynchronizedAt,
    updates: known.map((kb) => {
      const held = updates.get(kb);
      const isReady = Date.parse(held?.readyAt ?? '') <= now;
      return {
        kb,
        title: offers.find((offer) => offer.kb === kb)?.title ?? '',
        state: held?.failed ? 'Failed' : isReady ? 'Ready' : 'NotReady',
        approvals: held?.approvals ?? [],
      };
    }),
  });
}
