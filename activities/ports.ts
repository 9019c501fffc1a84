// Everything that activities may use of the world, as one object that the composition root fills.

import type { AzurePort } from '../ports/azure.js';
import type { ChannelsPort } from '../ports/channel.js';
import type { Clock } from '../ports/clock.js';
import type { DeliveryPort } from '../ports/delivery.js';
import type { EnginePort } from '../ports/engine.js';
import type { GuestPort } from '../ports/guest.js';
import type { Inventory } from '../ports/inventory.js';
import type { NoticePort } from '../ports/notices.js';
import type { PolicyPort, WindowPort } from '../ports/policy.js';
import type { DigestPort, SignaturePort } from '../ports/signatures.js';
import type { UpdateServerPort } from '../ports/updateServer.js';

export interface Ports {
  inventory: Inventory;
  azure: AzurePort;
  guest: GuestPort;
  /** Null where policy names no update server: content then comes from the machines' own source. */
  updateServer: UpdateServerPort | null;
  channels: ChannelsPort;
  notices: NoticePort;
  delivery: DeliveryPort;
  policy: PolicyPort;
  windows: WindowPort;
  engine: EnginePort;
  digests: DigestPort & SignaturePort;
  clock: Clock;
}
