// Machines that came after a decision was asked for: who joined it, who did not, and why.

import type { Schemas } from '../api/client';
import { Link, vmPath } from './link';
import { Mark } from './mark';
import { When } from './when';

export function Arrivals({ arrivals }: { arrivals: Schemas['ArrivalView'][] }) {
  if (arrivals.length === 0) return null;
  return (
    <ul aria-label="Machines that came later" style={{ listStyle: 'none', padding: 0 }}>
      {arrivals.map((one) => (
        <li key={`${one.runKey} ${one.patchId} ${one.vmId}`}>
          <Mark is={one.joins ? 'gateOpen' : 'closed'} word={one.joins ? 'Joins' : 'Does not join'} />{' '}
          <Link to={vmPath(one.vmName)}>{one.vmName}</Link>, {one.patchId}, <When at={one.at} />:{' '}
          {one.reasons.join('; ')}
        </li>
      ))}
    </ul>
  );
}
