// I1, I9: a production machine gets a package in the version that passed the test, or not at all; and Azure is asked for exactly that.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { installationFor, maskOf, testedPackages, type TestedPackage } from '../../domain/installation.js';
import { planManifest, type ManifestInput } from '../../domain/manifest.js';
import type { DuePackage } from '../../domain/packageDemand.js';
import { compareDpkg } from '../../domain/packageVersion.js';
import type { ManifestState } from '../../domain/run.js';
import { someFix, someNotice, someRow, someUbuntu, someVm } from '../support/facts.js';

const names = ['openssl', 'libssl3t64', 'libssl-dev'] as const;
const versions = fc.constantFrom('1.0-1', '1.0-2', '1.0-3', '2:0.1-1', 'UA_ESM_REQUIRED');
const systems = fc.constantFrom('Ubuntu 24.04', 'Ubuntu 22.04');

const tested = fc.uniqueArray(
  fc.record<TestedPackage>({
    system: systems,
    name: fc.constantFrom(...names),
    version: versions,
    fixed: fc.option(versions),
  }),
  { selector: ({ system, name }) => `${system}/${name}`, maxLength: 4 },
);
const due = fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), fixed: versions, bySource: fc.boolean() }), {
  selector: ({ name }) => name,
  minLength: 1,
});

interface Notice {
  tested: TestedPackage[];
  due: DuePackage[];
}

/** Two notices that were tested together, each with its own packages. */
const inputs: fc.Arbitrary<{ first: Notice; second: Notice | null; subsetAllowed: boolean }> = fc.record({
  first: fc.record({ tested, due }),
  second: fc.option(fc.record({ tested, due })),
  subsetAllowed: fc.boolean(),
});

function planned(
  { first, second, subsetAllowed }: { first: Notice; second: Notice | null; subsetAllowed: boolean },
  isStaging: boolean,
) {
  const notices = [first, ...(second === null ? [] : [second])].map((one, index) => ({
    ...one,
    patchId: `USN-${index}`,
  }));
  const input: ManifestInput = {
    enrolments: notices.map((one) => ({
      patchId: one.patchId,
      kb: null,
      vmIds: ['a'],
      passedSets: isStaging ? null : [notices.map(({ patchId }) => patchId)],
      tested: isStaging ? null : one.tested,
      refusal: null,
    })),
    vms: [someUbuntu([], { vmId: 'a', name: 'a' })],
    needs: { a: notices.map(({ patchId, due: packages }) => ({ patchId, packages })) },
    stale: {},
    subsetAllowed,
  };
  return { notices, ...planManifest(input) };
}

describe('packages of a production machine', () => {
  test('come in the version that a machine of its system had when the test passed; else the patch is left out, with a reason', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { notices, machines, left } = planned(input, false);
        const patches = machines.flatMap((machine) => machine.patches);
        expect(patches.length + left.length).toBe(notices.length);
        expect(left.every((one) => one.reason !== '')).toBe(true);
        for (const { patchId, packages } of patches) {
          const notice = notices.find((one) => one.patchId === patchId);
          const mine = notice?.tested.filter((one) => one.system === 'Ubuntu 24.04') ?? [];
          expect(mine.length).toBeGreaterThan(0);
          expect(packages.map(({ name }) => name)).toEqual(notice?.due.map(({ name }) => name));
          for (const { name, version } of packages) {
            const held = mine.find((one) => one.name === name);
            const asked = notice?.due.find((one) => one.name === name);
            if (held !== undefined) {
              expect(version).toBe(held.version);
              // A package that is known by its source has a version of its own.
              if (asked?.bySource !== true)
                expect(compareDpkg(held.version, asked?.fixed ?? '')).toBeGreaterThanOrEqual(0);
            } else {
              expect(asked).toMatchObject({ bySource: false, fixed: version });
              expect(mine.every((one) => one.version === one.fixed)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('are asked for by name and version, each once, exactly as planned', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { machines } = planned(input, false);
        for (const { patches } of machines) {
          const asked = installationFor({ osType: 'linux' }, patches, 'production');
          if (asked.kind !== 'linux') throw new Error(JSON.stringify(asked));
          const masks = asked.packages.map(maskOf);
          expect(masks.every((mask) => /^[a-z0-9-]+=[^*?=[]+$/.test(mask))).toBe(true);
          expect(new Set(asked.packages.map(({ name }) => name)).size).toBe(asked.packages.length);
          const wanted = patches.flatMap(({ packages }) => packages.map(maskOf));
          expect(masks.toSorted()).toEqual([...new Set(wanted)].toSorted());
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the test itself takes what is offered', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { machines } = planned(input, true);
        const packages = machines.flatMap(({ patches }) => patches.flatMap((patch) => patch.packages));
        expect(packages.every(({ version }) => version === null)).toBe(true);
        const [first] = machines;
        if (first !== undefined)
          expect(installationFor({ osType: 'linux' }, first.patches, 'staging').kind).toBe('linux');
      }),
    );
  });

  test('whatever a row says, nothing but plain names and plain versions ever reaches Azure', () => {
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('*', 'open*', 'a=b', '', 'openssl', '1.0-1'));
    const rows = fc.array(
      fc.record({
        patchId: fc.constant('USN-1'),
        kb: fc.constant(null),
        packages: fc.array(fc.record({ name: text, version: fc.option(text) }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(rows, fc.constantFrom('production' as const, 'staging' as const), (parts, environment) => {
        const asked = installationFor({ osType: 'linux' }, parts, environment);
        if (asked.kind === 'impossible') return;
        if (asked.kind !== 'linux') throw new Error('a Linux machine is asked for packages');
        expect(asked.packages.length).toBeGreaterThan(0);
        for (const { name, version } of asked.packages) {
          expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/);
          if (version !== null) expect(version).toMatch(/^[A-Za-z0-9][A-Za-z0-9+.:~^_-]*$/);
          if (environment === 'production') expect(version).not.toBeNull();
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what counts as tested', () => {
  const notice = someNotice('USN-1-1', ['openssl 1.0-2'], {
    packages: [someFix('openssl', '1.0-2'), someFix('openssl', '0.9-9', { release: '22.04' })],
  });
  const states = fc.constantFrom<ManifestState>('installed', 'failed', 'skipped', 'rolledBack', 'inDoubt');

  test('only what machines had whose row ended installed, each for its own release; the newest of several', () => {
    const rows = fc.array(
      fc.record({ vmId: fc.constantFrom('a', 'b', 'c', 'gone'), state: states, version: versions }),
      { maxLength: 6 },
    );
    const vms = [
      someUbuntu([], { vmId: 'a' }),
      someUbuntu([], { vmId: 'b' }),
      someUbuntu([], { vmId: 'c', osVersion: '22.04', guest: null }),
      someVm({ vmId: 'w' }),
    ];
    fc.assert(
      fc.property(rows, (parts) => {
        const ended = parts.map(({ vmId, state, version }) =>
          someRow({
            vmId,
            state,
            arrived: [
              { name: 'openssl', version },
              { name: 'libssl3t64', version: '5' },
            ],
          }),
        );
        for (const one of testedPackages(notice, ended, vms)) {
          const machines = one.system === 'Ubuntu 24.04' ? ['a', 'b'] : ['c'];
          const passed = parts.filter((part) => part.state === 'installed' && machines.includes(part.vmId));
          // A package that the patch knows by its source alone.
          if (one.name === 'libssl3t64') {
            expect(one).toMatchObject({ version: '5', fixed: null });
            continue;
          }
          expect(one.name).toBe('openssl');
          expect(one.fixed).toBe(one.system === 'Ubuntu 24.04' ? '1.0-2' : '0.9-9');
          expect(passed.map((part) => part.version)).toContain(one.version);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('nobody who did not tell', () => {
    expect(
      testedPackages(notice, [someRow({ vmId: 'a', state: 'installed' })], [someUbuntu([], { vmId: 'a' })]),
    ).toEqual([]);
  });
});
