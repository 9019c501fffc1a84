// Which machines without an equivalent may get a patch by a signed exception, as it stands at this moment (I1).

import { exceptionText, standingException, type GrantedException } from '../domain/testException.js';
import type { Ports } from './ports.js';

export async function exceptionsOf(
  ports: Ports,
  asked: { patchId: string; category: string; requestedBy: string[] },
  vmIds: string[],
): Promise<Map<string, GrantedException>> {
  if (vmIds.length === 0) return new Map();
  const now = ports.clock.now();
  const granted = await ports.inventory.exceptions.exceptions({ category: asked.category, standing: now });
  const signatureValid = (one: GrantedException) => ports.digests.verify(exceptionText(one), one.signature);
  const facts = { ...asked, now, signatureValid: (one: object) => signatureValid(one as GrantedException) };
  return new Map(
    vmIds.flatMap((vmId) => {
      const exception = standingException(vmId, granted, facts);
      return exception === null ? [] : [[vmId, exception] as const];
    }),
  );
}
