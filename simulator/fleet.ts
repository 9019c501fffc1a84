// The demonstration fleet: the same for the same seed. Windows servers in categories with staging twins, some Linux, one WSUS host.

import { createHash } from 'node:crypto';
import { freshLinux } from './linuxArchive.js';
import { releases, type ReleaseName } from './linuxFacts.js';
import { contentOf, type Change, type Disk, type Guest, type Service } from './world.js';

export interface FleetOptions {
  seed: number;
  vms: number;
  /** Counts redeployments: new machines get new identities. */
  generation: number;
}

export const tenantId = '5e1d0c1a-0000-4000-8000-00000000000f';
export const productionSubscriptions = [
  '5e1d0c1a-0001-4000-8000-000000000001',
  '5e1d0c1a-0002-4000-8000-000000000002',
] as const;
export const stagingSubscription = '5e1d0c1a-0003-4000-8000-000000000003';
export const subscriptions = [...productionSubscriptions, stagingSubscription];

interface Role {
  category: string;
  /** Part of the fleet, in parts of all shares. */
  share: number;
  services: string[];
  software: { name: string; version: string }[];
  criticality: 'high' | 'medium' | 'low';
  availabilitySets: boolean;
}

const roles: Role[] = [
  {
    category: 'web',
    share: 12,
    services: ['W3SVC'],
    software: [{ name: 'Internet Information Services', version: '10.0' }],
    criticality: 'medium',
    availabilitySets: false,
  },
  {
    category: 'app',
    share: 10,
    services: ['ContosoApp'],
    software: [{ name: 'Contoso Orders', version: '7.2' }],
    criticality: 'medium',
    availabilitySets: true,
  },
  {
    category: 'file',
    share: 6,
    services: ['LanmanServer'],
    software: [{ name: 'Contoso Print Agent', version: '3.1' }],
    criticality: 'low',
    availabilitySets: false,
  },
  {
    category: 'sql',
    share: 6,
    services: ['MSSQLSERVER'],
    software: [{ name: 'Microsoft SQL Server 2022', version: '16.0' }],
    criticality: 'high',
    availabilitySets: true,
  },
  { category: 'dc', share: 4, services: ['NTDS', 'DNS'], software: [], criticality: 'high', availabilitySets: false },
];

const august = '2025-08-13T21:14:00.000Z';
const september = '2025-09-10T21:32:00.000Z';

/** Builds before the months that the documents bring, and the cumulative updates that brought them there. */
const systems = [
  {
    product: 'Windows Server 2019',
    sku: '2019-datacenter',
    build: '10.0.17763.7792',
    remembered: [
      { id: 'KB5063877', at: august },
      { id: 'KB5065428', at: september },
    ],
  },
  {
    product: 'Windows Server 2022',
    sku: '2022-datacenter-azure-edition',
    build: '10.0.20348.4171',
    remembered: [
      { id: 'KB5063880', at: august },
      { id: 'KB5065432', at: september },
    ],
  },
  {
    product: 'Windows Server 2025',
    sku: '2025-datacenter',
    build: '10.0.26100.6584',
    remembered: [
      { id: 'KB5063878', at: august },
      { id: 'KB5065426', at: september },
    ],
  },
] as const;

const locations = ['westeurope', 'switzerlandnorth'] as const;

/** Mulberry32: small, seeded, good enough for choosing. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Staging has one twin per category and system, so a small fleet still tests what it runs. */
export function fleetChanges(options: FleetOptions): Change[] {
  const random = randomOf(options.seed + options.generation * 7919);
  const guests: Guest[] = [wsusHost(options)];
  for (const [role, count] of countsOf(options.vms)) guests.push(...machinesOf(role, count, options, random));
  guests.push(...linuxMachines(Math.max(0, options.vms - guests.length), options));
  return guests.flatMap((guest) => machineChanges(guest));
}

/** The rest of the fleet after its Windows machines is Linux, about a tenth. */
function countsOf(vms: number): [Role, number][] {
  const windows = Math.max(1, Math.floor((vms - 1) * 0.9));
  const shares = roles.reduce((sum, role) => sum + role.share, 0);
  if (vms <= roles.length) return [[roles[0] as Role, Math.max(2, vms - 1)]];
  return roles.map((role) => [role, Math.max(2, Math.floor((windows * role.share) / shares))]);
}

function machinesOf(role: Role, count: number, options: FleetOptions, random: () => number): Guest[] {
  const used = systems
    .slice(0, count >= 6 ? 3 : count >= 4 ? 2 : 1)
    .map((_, index) => (index + (role.category === 'dc' ? 1 : 0)) % systems.length);
  const guests: Guest[] = [];
  // Systems in turn, so that each is in production wherever there is room for it.
  const first = Math.floor(random() * used.length);
  for (let index = 0; index < count; index += 1) {
    const isStaging = index < used.length;
    const systemIndex = used[isStaging ? index : (index + first) % used.length] ?? 0;
    const number = String(isStaging ? index + 1 : index - used.length + 1).padStart(2, '0');
    guests.push(
      windowsGuest(
        role,
        `${role.category}-${isStaging ? 'stg' : 'prd'}-${number}`,
        isStaging,
        index,
        systemIndex,
        options,
      ),
    );
  }
  return guests;
}

function windowsGuest(
  role: Role,
  name: string,
  isStaging: boolean,
  index: number,
  systemIndex: number,
  options: FleetOptions,
): Guest {
  const system = systems[systemIndex] ?? systems[0];
  const services: Service[] = role.services.map((service) => ({ name: service, running: true }));
  const place = placeOf(role.category, isStaging, index);
  return {
    ...base(name, place, options),
    availabilitySet:
      role.availabilitySets && !isStaging
        ? `${place.scope}/providers/Microsoft.Compute/availabilitySets/avset-${role.category}`
        : null,
    osType: 'Windows',
    osName: `${system.product} Datacenter`,
    product: system.product,
    image: { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: system.sku, version: 'latest' },
    tags: {
      category: role.category,
      role: `${role.category} server`,
      owner: `${role.category}-team@contoso.example`,
      criticality: isStaging ? 'low' : role.criticality,
      environment: isStaging ? 'staging' : 'production',
    },
    build: system.build,
    remembered: [...system.remembered],
    services: [...services, { name: 'WinDefend', running: true }],
    software: role.software,
    ...(role.category === 'sql'
      ? { dataDisks: [{ lun: 0, id: `${place.scope}/providers/Microsoft.Compute/disks/${name}-data-0`.toLowerCase() }] }
      : {}),
  };
}

interface Place {
  subscriptionId: string;
  resourceGroup: string;
  location: string;
  zone: string | null;
  scope: string;
}

function placeOf(category: string, isStaging: boolean, index: number): Place {
  const subscriptionId = isStaging
    ? stagingSubscription
    : (productionSubscriptions[index % 2] ?? productionSubscriptions[0]);
  const resourceGroup = `rg-${category}-${isStaging ? 'staging' : 'prod'}`;
  return {
    subscriptionId,
    resourceGroup,
    location: isStaging ? locations[0] : (locations[index % 2] ?? locations[0]),
    zone: category === 'web' && !isStaging ? String((index % 3) + 1) : null,
    scope: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`,
  };
}

/** A machine more, deployed from the image of another: nothing was ever installed on it. */
export function deployedLike(like: Guest, name: string, build: string): Change[] {
  const id = like.id.replace(/[^/]+$/, name.toLowerCase());
  const osDisk = like.osDisk.replace(/[^/]+$/, `${name.toLowerCase()}-os-0`);
  const fresh = { installedKbs: [], remembered: [], installedAt: {}, installation: null, assessment: null };
  const linux = like.linux === undefined ? {} : { linux: freshLinux(like.linux.release) };
  return machineChanges({
    ...like,
    ...fresh,
    ...linux,
    id,
    name,
    build,
    osDisk,
    guid: guidOf(id),
    pendingReboot: false,
  });
}

function base(name: string, place: Place, { seed, generation }: FleetOptions) {
  const id = `${place.scope}/providers/Microsoft.Compute/virtualMachines/${name}`.toLowerCase();
  return {
    id,
    guid: guidOf(`${id}/${seed}/${generation}`),
    name,
    subscriptionId: place.subscriptionId,
    resourceGroup: place.resourceGroup,
    location: place.location,
    zone: place.zone,
    availabilitySet: null,
    size: 'Standard_D4s_v5',
    power: 'running',
    agentReady: true,
    installedKbs: [],
    remembered: [],
    installedAt: {},
    administrators: ['Administrator', `CONTOSO\\${name.split('-')[0]}-admins`],
    pendingReboot: false,
    osDisk: `${place.scope}/providers/Microsoft.Compute/disks/${name}-os-${generation}`.toLowerCase(),
    installation: null,
    assessment: null,
  } satisfies Partial<Guest>;
}

function wsusHost(options: FleetOptions): Guest {
  const role: Role = {
    category: 'infra',
    share: 1,
    services: ['WsusService'],
    software: [],
    criticality: 'high',
    availabilitySets: false,
  };
  return windowsGuest(role, 'vm-wsus-01', false, 0, 1, options);
}

/** Each system that runs in production has its twin in staging; Red Hat's only where there is room for both. */
function linuxMachines(count: number, options: FleetOptions): Guest[] {
  const systems: ReleaseName[] = count >= 4 ? ['ubuntu', 'rhel'] : ['ubuntu'];
  const stagings = count > 1 ? systems.length : 0;
  return Array.from({ length: count }, (_, index) => {
    const isStaging = index < stagings;
    const name = `linux-${isStaging ? 'stg' : 'prd'}-${String(index + 1).padStart(2, '0')}`;
    return linuxGuest(name, systems[index % systems.length] ?? 'ubuntu', isStaging, index, options);
  });
}

function linuxGuest(
  name: string,
  system: ReleaseName,
  isStaging: boolean,
  index: number,
  options: FleetOptions,
): Guest {
  return {
    ...base(name, placeOf('linux', isStaging, index), options),
    osType: 'Linux',
    osName: system,
    product: null,
    image:
      system === 'ubuntu'
        ? { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server', version: 'latest' }
        : { publisher: 'RedHat', offer: 'RHEL', sku: '9-lvm-gen2', version: 'latest' },
    tags: {
      category: 'linux',
      role: 'linux server',
      owner: 'linux-team@contoso.example',
      criticality: 'medium',
      environment: isStaging ? 'staging' : 'production',
    },
    build: releases[system].version,
    services: ['nginx', 'sshd'].map((service) => ({ name: service, running: true })),
    software: [],
    linux: freshLinux(system),
    administrators: ['azureuser'],
  };
}

function machineChanges(guest: Guest): Change[] {
  const disk: Disk = {
    id: guest.osDisk,
    name: guest.osDisk.slice(guest.osDisk.lastIndexOf('/') + 1),
    location: guest.location,
    zone: guest.zone,
    osType: guest.osType,
    managedBy: guest.id,
    source: null,
    content: contentOf(guest),
  };
  const others = (guest.dataDisks ?? []).map(({ id }): Disk => {
    const name = id.slice(id.lastIndexOf('/') + 1);
    return { ...disk, id, name, content: null };
  });
  return [
    { table: 'guests', key: guest.id, set: { ...guest } },
    ...[disk, ...others].map((one): Change => ({ table: 'disks', key: one.id, set: { ...one } })),
  ];
}
