// Where a request may go: addresses that only this network can reach (metadata services, databases, our own machine) are refused
// unless policy allows them. The address that was checked is the one connected to, so a name cannot change its mind in between.

import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The special-purpose registry: https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and the reserved rest. */
const privateIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Azure's platform services answer at this public address, to the machine itself:
  // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['168.63.129.16', 32],
] as const;

/** Inside 2000::/3, all that is not an ordinary address: https://www.iana.org/assignments/iana-ipv6-special-registry. */
const specialIpv6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const;

const refusedIpv4 = new BlockList();
for (const [net, prefix] of privateIpv4) refusedIpv4.addSubnet(net, prefix, 'ipv4');
const refusedIpv6 = new BlockList();
for (const [net, prefix] of specialIpv6) refusedIpv6.addSubnet(net, prefix, 'ipv6');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

/** Whatever is no address of the public internet, and whatever is no address at all. */
export function isPrivateAddress(ip: string): boolean {
  const bare = withoutZone(ip);
  switch (isIP(bare)) {
    case 4:
      return refusedIpv4.check(bare, 'ipv4');
    case 6: {
      const embedded = embeddedIpv4(bare);
      if (embedded !== null) return isPrivateAddress(embedded);
      return !globalIpv6.check(bare, 'ipv6') || refusedIpv6.check(bare, 'ipv6');
    }
    default:
      return true;
  }
}

/** The whole of 127.0.0.0/8, ::1 and both written as mapped addresses. */
export function isLoopbackAddress(ip: string): boolean {
  const bare = withoutZone(ip);
  if (isIP(bare) === 4) return bare.startsWith('127.');
  if (isIP(bare) !== 6) return false;
  const embedded = embeddedIpv4(bare);
  return embedded === null ? canonicalIpv6(bare) === '::1' : isLoopbackAddress(embedded);
}

/** The IPv4 address that a mapped (::ffff:0:0/96) or translated (64:ff9b::/96, RFC 6052) one stands for. */
function embeddedIpv4(ipv6: string): string | null {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$|^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(
    canonicalIpv6(ipv6),
  );
  if (match === null) return null;
  const high = Number.parseInt(match[1] ?? match[3] ?? '0', 16);
  const low = Number.parseInt(match[2] ?? match[4] ?? '0', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function canonicalIpv6(ipv6: string): string {
  return new URL(`http://[${ipv6}]/`).hostname.slice(1, -1);
}

function withoutZone(ip: string): string {
  return ip.replace(/%.*$/, '');
}

export class AddressRefused extends Error {
  readonly code = 'EPRIVATE';
  constructor(hostname: string, address: string) {
    super(
      `${hostname}${hostname === address ? '' : ` (${address})`} is not a public address; policy must allow it by name`,
    );
    this.name = 'AddressRefused';
  }
}

export interface AddressRule {
  allowPrivate: boolean;
}

/** Node asks no `lookup` for a host that is an address already: whoever sends a request checks its host here first. */
export function checkLiteralHost(hostname: string, { allowPrivate }: AddressRule): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(withoutZone(bare)) !== 0 && isPrivateAddress(bare)) throw new AddressRefused(bare, bare);
}

type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (failure: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * For the option `lookup` of `http.request` and `https.request`, with `agent: false`: a pooled connection was looked up by somebody else.
 * One private address among several refuses the name: which of them is tried is not ours to choose.
 */
export function guardedLookup({ allowPrivate }: AddressRule, resolve: Resolve = systemLookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (failure, addresses) => {
      const first = addresses?.[0];
      if (failure !== null || first === undefined)
        return done(failure ?? new Error(`${hostname} has no address`), '', 0);
      const refused = allowPrivate ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      if (refused !== undefined) return done(new AddressRefused(hostname, refused.address), '', 0);
      if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
