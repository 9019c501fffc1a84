// What a Linux guest's own tools would answer to the scripts that Run Command brings.

import { releases, type HeldPackage, type LinuxState } from './linuxFacts.js';
import type { Guest } from './world.js';

/** Run Command shows 4 kB. */
const pageSize = 2000;

export function linuxFacts(guest: Guest, state: LinuxState, parameters: Record<string, string>) {
  const { manager, version } = releases[state.release];
  const asked = listOf(parameters['services']);
  const names = listOf(parameters['packages']);
  const offset = Number(parameters['offset'] ?? '0') || 0;
  const lines = state.packages
    .filter(({ name }) => names.includes(name))
    .map((one) => lineOf(one, state))
    .sort();
  let size = 0;
  const page = lines.slice(offset).filter((line) => (size += line.length + 3) <= pageSize);
  return {
    osVersion: version,
    installedKbs: [],
    pendingReboot: guest.pendingReboot,
    services: guest.services.filter(({ name }) => asked.includes(name)),
    software: [],
    linux: {
      id: state.release,
      version,
      kernel: state.kernel,
      pro: state.release === 'ubuntu' ? state.pro : null,
      packages: { manager, total: lines.length, offset, page },
    },
  };
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((name) => name !== '');
}

/** `=` where the source has the package's own name or version; nothing here comes in a module. */
function lineOf({ name, version, source }: HeldPackage, state: LinuxState): string {
  const { manager, architecture } = releases[state.release];
  const built = manager === 'rpm' ? sourceFile(source, version) : source === name ? '=' : source;
  return `${name} ${version} ${architecture} ${built} = (none)`;
}

/** Without the epoch, as rpm names files. */
function sourceFile(source: string, version: string): string {
  return `${source}-${version.replace(/^\d+:/, '')}.src.rpm`;
}

/** The inventory's lines: the system, packages with their sources, and what its package manager remembers. */
export function linuxLines(state: LinuxState): string[] {
  const { manager, version } = releases[state.release];
  const { running, next } = state.kernel;
  const pro = state.release === 'ubuntu' ? String(state.pro) : '';
  const packages = state.packages.map((one) => {
    const built = manager === 'rpm' ? `${sourceFile(one.source, one.version)}\t=` : `${one.source}\t${one.version}`;
    return `software\t${manager}\t${one.name}\t${one.version}\t${built}\t(none)`;
  });
  return [
    `system\t${state.release}\t${version}\t${running}\t${next}\t${pro}`,
    ...packages.sort(),
    ...state.log.map(({ id, at }) => `update\t${id}\t${at}`),
  ];
}
