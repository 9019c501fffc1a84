// One verdict of a staging run as a row of the test repository: what was measured, and the state that was reached.

import type { SetVerdict } from '../domain/stageTest.js';
import type { ManifestRow } from '../domain/run.js';
import type { Ports } from './ports.js';
import { recordTest } from './testRecord.js';

/** Saved again, what was saved first stays. */
export async function saveTest(
  ports: Ports,
  { runKey, category }: { runKey: string; category: string },
  found: SetVerdict,
  rows: ManifestRow[],
): Promise<void> {
  const measured = await measure(ports, runKey, found.vmIds);
  const states = await recordTest(ports, runKey, rows);
  const record = await ports.inventory.patches.patch(found.patchId);
  await ports.inventory.tests.saveTestResult({
    runKey,
    category,
    ...found,
    ...measured,
    at: ports.clock.now(),
    reached: found.vmIds.flatMap((vmId) => states.get(vmId) ?? []),
    supersedes: record?.patch.supersedes ?? null,
  });
}

/** Downtime is measured as the longest session of the test: a bound until services are probed while they restart. */
async function measure(
  ports: Ports,
  runKey: string,
  vmIds: string[],
): Promise<{ downtimeMinutes: number; reboots: number }> {
  const sessions = (await ports.inventory.sessions.sessions({ runKey })).filter((session) =>
    vmIds.includes(session.vmId),
  );
  let downtimeMinutes = 0;
  let reboots = 0;
  for (const session of sessions) {
    if (session.endedAt === null) continue;
    downtimeMinutes = Math.max(downtimeMinutes, (Date.parse(session.endedAt) - Date.parse(session.startedAt)) / 60_000);
    const install = await ports.inventory.operations.operation(session.sessionId, 'install');
    if (install !== null && rebooted(ports, install.result)) reboots += 1;
  }
  return { downtimeMinutes: Math.round(downtimeMinutes * 100) / 100, reboots };
}

function rebooted({ azure }: Ports, output: unknown): boolean {
  try {
    return azure.readInstallOutput(output).rebootStatus === 'Completed';
  } catch {
    // An adopted installation has no output: its reboot is not known and not counted.
    return false;
  }
}
