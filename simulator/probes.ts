// What a guest's own tools would answer to probes: what its services listen on and say, what its log has, what its counters show.

import type { Guest } from './world.js';

const portsOf: Record<string, number[]> = {
  nginx: [80],
  apache2: [80],
  httpd: [80],
  W3SVC: [80],
  MSSQLSERVER: [1433],
  postgresql: [5432],
  NTDS: [389],
  sshd: [22],
};

function listening(guest: Guest): number[] {
  const always = guest.osType === 'Windows' ? [3389] : [22];
  const served = guest.services.filter((one) => one.running).flatMap((one) => portsOf[one.name] ?? []);
  return [...new Set([...always, ...served])].sort((a, b) => a - b);
}

/** Lines of its answer. `ask`: parts between commas, as the scripts read them. */
export function probeLines(guest: Guest, ask: string, now: number): string[] {
  const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
  const booted = Date.parse(guest.installation?.endedAt ?? '') || now - 24 * 3600_000;
  const parts = ask.split(',').map((part) => part.split(':'));
  return [`at\t${iso(now)}`, `booted\t${iso(booted)}`, ...parts.flatMap((part) => answerTo(guest, part)), 'end'];
}

function answerTo(guest: Guest, [kind = '', a = '', b = '', c = '']: string[]): string[] {
  const { errors, ...counters } = guest.probed ?? { errors: [] };
  switch (kind) {
    case 'ports':
      return [...listening(guest).map((port) => `port\t${port}`), 'ports\tok\t'];
    case 'http':
      return [httpLine(guest, a, decoded(b), decoded(c))];
    case 'errors':
      return [...errors.map((one) => `error\t1\t${one.kind}\t${one.sample}`), 'errors\tok\t'];
    case 'counters':
      return [
        `processor\t${counters.processorPercent ?? 7}`,
        `memory\t${counters.memoryFreeMb ?? 2048}`,
        `disk\t${guest.osType === 'Windows' ? 'C:' : '/'}\t${counters.diskFreePercent ?? 60}`,
        'disks\tok\t',
      ];
    case 'script':
      return [scriptLine(a, b, counters.scripts?.[a] === undefined ? 0 : counters.scripts[a])];
    default:
      return [];
  }
}

function scriptLine(name: string, seconds: string, exitCode: number | null): string {
  return exitCode === null
    ? `script\t${name}\t\t0\tit was stopped after ${seconds} s\t`
    : `script\t${name}\t${exitCode}\t0\t\t`;
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** Whatever listens answers every path with a page that names the machine. */
function httpLine(guest: Guest, name: string, url: string, text: string): string {
  const port = Number(new URL(url).port || (url.startsWith('https:') ? 443 : 80));
  if (!listening(guest).includes(port))
    return `http\t${name}\t\t${text === ''}\tFailed to connect to localhost port ${port}`;
  return `http\t${name}\t200\t${`OK ${guest.name}`.includes(text)}\t`;
}
