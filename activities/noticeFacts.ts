// What is known when it is decided whom a notice reaches.

import type { RoutingFacts } from '../domain/noticeRouting.js';
import type { Ports } from './ports.js';

export async function routingFacts({ policy, inventory }: Pick<Ports, 'policy' | 'inventory'>): Promise<RoutingFacts> {
  const { notices, categories } = await policy.current();
  return { notices, categories, people: await policy.people(), preferences: await inventory.notices.preferences() };
}
