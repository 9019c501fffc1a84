// What a test leaves behind besides its verdict: the state that was reached, and the evidence of it, bounded and hashed.

import { boundedEvidence, type EvidenceText } from '../domain/testEvidence.js';
import { reachedState, type ReachedState } from '../domain/testedState.js';
import type { ManifestRow } from '../domain/run.js';
import type { SoakProbe } from '../domain/soak.js';
import type { Vm } from '../domain/vm.js';
import type { Ports } from './ports.js';

/** Asked again, what was kept first stays. */
export async function recordTest(
  ports: Ports,
  runKey: string,
  rows: ManifestRow[],
): Promise<Map<string, ReachedState>> {
  const tested = [...new Set(rows.filter((row) => row.wave > 0).map((row) => row.vmId))].sort();
  const vms = (await Promise.all(tested.map((vmId) => ports.inventory.fleet.vm(vmId)))).flatMap((vm) => vm ?? []);
  const sessions = await ports.inventory.sessions.sessions({ runKey });
  const soaked = await ports.inventory.soaks.probes({ runKey });
  const texts = (
    await Promise.all(
      vms.map((vm) =>
        textsOf(
          ports,
          vm,
          sessions.filter((session) => session.vmId === vm.vmId).map((session) => session.sessionId),
        ),
      ),
    )
  ).flat();
  await keepTexts(ports, runKey, [...texts, ...vms.flatMap((vm) => soakTexts(vm, soaked))]);
  return new Map(vms.map((vm) => [vm.vmId, reachedState(vm, rows)]));
}

/** I8: each with its hash in the audit log. */
export async function keepTexts(ports: Ports, runKey: string, texts: EvidenceText[]): Promise<void> {
  const { stageTests } = ports.inventory;
  const known = new Set((await stageTests.evidence(runKey)).map((one) => `${one.vmId}/${one.item}`));
  const missing = texts.filter((one) => !known.has(`${one.vmId}/${one.item}`));
  const bounded = boundedEvidence(missing, await stageTests.kept(runKey));
  await stageTests.keep(
    runKey,
    bounded.map((one) => ({ ...one, sha256: ports.digests.sha256(one.text) })),
    ports.clock.now(),
  );
}

/** What every probe of the soak said, and what the machine answered to the last that is kept whole. */
function soakTexts({ vmId }: Vm, soaked: SoakProbe[]): EvidenceText[] {
  const mine = soaked.filter((probe) => probe.vmId === vmId);
  if (mine.length === 0) return [];
  const said = mine.map(({ number, at, kind, reasons }) => ({ number, at, kind, reasons }));
  const last = mine.findLast((probe) => probe.facts !== null);
  return [
    { vmId, item: 'probes of the soak', text: JSON.stringify(said) },
    ...(last === undefined ? [] : [{ vmId, item: 'probes at the end of the soak', text: JSON.stringify(last.facts) }]),
  ];
}

const probeItems = [
  ['probesBefore', 'probes before'],
  ['probesAfter', 'probes after'],
  ['probesAfterUnwind', 'probes after the return'],
] as const;

async function textsOf({ inventory }: Ports, vm: Vm, sessionIds: string[]): Promise<EvidenceText[]> {
  const texts: EvidenceText[] = [];
  for (const sessionId of sessionIds) {
    const installed = await inventory.operations.operation(sessionId, 'install');
    if (installed !== null && installed.result !== null)
      texts.push({ vmId: vm.vmId, item: 'installation', text: JSON.stringify(installed.result) });
    for (const [step, item] of probeItems) {
      const probes = await inventory.operations.operation(sessionId, step);
      if (probes !== null && probes.result !== null)
        texts.push({ vmId: vm.vmId, item, text: JSON.stringify(probes.result) });
    }
  }
  if (vm.guest !== null) texts.push({ vmId: vm.vmId, item: 'facts after', text: JSON.stringify(vm.guest) });
  if (vm.assessment !== null) texts.push({ vmId: vm.vmId, item: 'assessment', text: JSON.stringify(vm.assessment) });
  return texts;
}
