// A twin as it is kept; each test changes what it is about.

import type { Twin, TwinSubject } from '../../domain/twin.js';
import { minutesFrom, now } from './facts.js';

export const twinSubscription = '5e1d0c1a-0003-4000-8000-000000000003';

export function someTwin(change: Partial<Twin> = {}, subject: Partial<TwinSubject> = {}): Twin {
  const twinId = change.twinId ?? 't1';
  return {
    twinId,
    subject: {
      twinId,
      category: 'sql',
      source: { vmId: 'vm-1', name: 'sql-prd-09', azureId: '/subscriptions/s/x' },
      restorePoint: { name: 'patchline-1', takenAt: now },
      name: 'sql-prd-09-twin-abcdef',
      subscriptionId: twinSubscription,
      resourceGroup: 'rg-twins-staging',
      region: 'westeurope',
      subnet: `/subscriptions/${twinSubscription}/resourcegroups/rg-net/providers/microsoft.network/virtualnetworks/v/subnets/s`,
      size: 'Standard_D4s_v5',
      tags: { category: 'sql', 'patchline-twin': twinId },
      lifeDays: 14,
      standsFor: ['sql-prd-09'],
      expectedScore: 0.8,
      cautions: [],
      ...subject,
    },
    digest: 'd'.repeat(64),
    status: 'built',
    proposedBy: 'sam',
    reason: 'nothing stands for it',
    proposedAt: now,
    expiresAt: minutesFrom(now, 120),
    decidedBy: 'riley',
    decidedAt: minutesFrom(now, 5),
    justification: 'the subnet is closed',
    signature: 'good',
    disks: null,
    vmId: null,
    score: null,
    standsFor: null,
    builtAt: null,
    retiresAt: null,
    retireAskedBy: null,
    retireReason: null,
    detail: '',
    endedAt: null,
    ...change,
  };
}
