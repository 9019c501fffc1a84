// Azure's token buckets: ARM's per subscription, and those of the compute provider per resource and per subscription.
// https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
// https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors

interface Limit {
  name: string;
  /** Tokens a real minute, and the most that a bucket holds. */
  perMinute: number;
  capacity: number;
}

type Family = 'guestPatch' | 'getOperation' | 'lowCostGet' | 'highCostGet' | 'update' | 'delete';

const families: Record<Family, { resource: Limit | null; subscription: Limit }> = {
  guestPatch: {
    resource: { name: 'VMGuestPatchOperationResource', perMinute: 2, capacity: 6 },
    subscription: { name: 'VMGuestPatchOperationSubscriptionMaximum', perMinute: 200, capacity: 600 },
  },
  getOperation: {
    resource: { name: 'GetOperationResource', perMinute: 15, capacity: 45 },
    subscription: { name: 'GetOperationSubscriptionMaximum', perMinute: 5000, capacity: 15_000 },
  },
  lowCostGet: {
    resource: { name: 'LowCostGetResource', perMinute: 12, capacity: 36 },
    subscription: { name: 'LowCostGetSubscriptionMaximum', perMinute: 8000, capacity: 24_000 },
  },
  highCostGet: {
    resource: null,
    subscription: { name: 'HighCostGetSubscriptionMaximum', perMinute: 300, capacity: 900 },
  },
  update: {
    resource: { name: 'UpdateVMResource', perMinute: 4, capacity: 12 },
    subscription: { name: 'UpdateVMSubscriptionMaximum', perMinute: 500, capacity: 1500 },
  },
  delete: {
    resource: { name: 'DeleteVMResource', perMinute: 4, capacity: 12 },
    subscription: { name: 'DeleteVMSubscriptionMaximum', perMinute: 500, capacity: 1500 },
  },
};

const arm = {
  reads: { name: 'reads', perMinute: 25 * 60, capacity: 250 },
  writes: { name: 'writes', perMinute: 10 * 60, capacity: 200 },
} as const;

export interface Charge {
  headers: Record<string, string>;
  /** Set when a bucket is empty. */
  refusal: { retryAfterSeconds: number; limit: string; allowed: number } | null;
}

export class Throttle {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** `speed`: buckets refill as much faster as everything else runs. */
  charge(request: { method: string; action: string; resource: string; subscription: string; speed: number }): Charge {
    const isRead = request.method === 'GET';
    const kind = isRead ? 'reads' : 'writes';
    const headers: Record<string, string> = {};
    const taken = this.#take(`${kind}/${request.subscription}`, arm[kind], request.speed);
    headers[`x-ms-ratelimit-remaining-subscription-${kind}`] = String(taken.left);
    headers[`x-ms-ratelimit-remaining-subscription-global-${kind}`] = String(globalLeft(arm[kind], taken.left));
    let refusal = taken.refusal;
    const family = familyOf(request.action, request.resource);
    if (family !== null) {
      const remaining: string[] = [];
      for (const [limit, key] of limitsOf(family, request)) {
        const answer = this.#take(key, limit, request.speed);
        remaining.push(`Microsoft.Compute/${limit.name};${answer.left}`);
        refusal ??= answer.refusal;
      }
      headers['x-ms-ratelimit-remaining-resource'] = remaining.join(',');
    }
    return { headers, refusal };
  }

  #take(key: string, limit: Limit, speed: number): { left: number; refusal: Charge['refusal'] } {
    const now = Date.now();
    const bucket = this.#buckets.get(key) ?? { tokens: limit.capacity, at: now };
    const perMs = (limit.perMinute * speed) / 60_000;
    const tokens = Math.min(limit.capacity, bucket.tokens + (now - bucket.at) * perMs);
    const isEmpty = tokens < 1;
    this.#buckets.set(key, { tokens: isEmpty ? tokens : tokens - 1, at: now });
    return {
      left: Math.max(0, Math.floor(tokens - 1)),
      refusal: isEmpty
        ? {
            retryAfterSeconds: Math.max(1, Math.ceil((1 - tokens) / perMs / 1000)),
            limit: limit.name,
            allowed: limit.capacity,
          }
        : null,
    };
  }
}

function limitsOf(
  family: Family,
  { resource, subscription }: { resource: string; subscription: string },
): [Limit, string][] {
  const { resource: each, subscription: all } = families[family];
  const list: [Limit, string][] = [[all, `${all.name}/${subscription}`]];
  if (each !== null) list.push([each, `${each.name}/${resource}`]);
  return list;
}

/** The buckets over all subscriptions hold fifteen times as much. */
function globalLeft({ capacity }: Limit, left: number): number {
  return 14 * capacity + left;
}

function familyOf(action: string, resource: string): Family | null {
  const name = action.replace('Microsoft.Compute/', '');
  if (/(?:install|assess)Patches\/action$/.test(name)) return 'guestPatch';
  if (name === 'virtualMachines/read' && /\/virtualmachines$/i.test(resource)) return 'highCostGet';
  if (name === 'locations/operations/read') return 'getOperation';
  if (name === 'virtualMachines/deallocate/action' || name.endsWith('/delete')) return 'delete';
  if (/^virtualMachines\/(?:instanceView\/)?read$/.test(name)) return 'lowCostGet';
  if (/^virtualMachines\/(?:write|\w+\/action|runCommands\/write)$/.test(name)) return 'update';
  return null;
}
