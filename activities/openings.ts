// When regular windows open next, for people who have to know: a rule that opens never is told as no window, and stops nobody.

import type { WindowRule } from '../domain/policy.js';
import type { WindowOccurrence } from '../ports/policy.js';
import type { Ports } from './ports.js';

/** When the category's next regular window opens in production; null when there is none. */
export async function nextOpening(ports: Ports, category: string): Promise<string | null> {
  const policy = await ports.policy.current();
  const rule = policy.categories.find((one) => one.name === category);
  const window = policy.windows.find((one) => one.id === rule?.windows.production);
  return window === undefined ? null : (windowAfter(ports, window, ports.clock.now())?.opensAt ?? null);
}

export function windowAfter(ports: Ports, rule: WindowRule, after: string): WindowOccurrence | null {
  try {
    return ports.windows.next(rule, after);
  } catch {
    return null;
  }
}
