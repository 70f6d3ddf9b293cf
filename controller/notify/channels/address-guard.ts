import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'

/**
 * Addresses that no receiver has: those of the controller itself and of its node, such as the metadata service of a cloud. Private addresses are
 * allowed, since receivers often run in the cluster.
 */
const FORBIDDEN = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  FORBIDDEN.addSubnet(address, prefix, 'ipv4')
  // What a translator between IPv6 and IPv4 (RFC 6052) passes on to the same address.
  FORBIDDEN.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6')
}
for (const [address, prefix] of [
  ['::', 96],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
] as const)
  FORBIDDEN.addSubnet(address, prefix, 'ipv6')

export const isForbiddenAddress = (address: string): boolean => FORBIDDEN.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether a URL names a forbidden address directly. Names are checked when they are resolved. */
export function isForbiddenHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) !== 0 && isForbiddenAddress(address)
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/** Resolves a name for a connection. Fails if one of its addresses is forbidden, so that a name that changes between check and use gains nothing. */
export function guardedLookup(hostname: string, options: LookupOptions, found: Found): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return found(error, [])
    const [first] = addresses
    if (first === undefined || addresses.some(({ address }) => isForbiddenAddress(address)))
      return found(Object.assign(new Error('the name leads to a forbidden address'), { code: 'EFORBIDDENADDRESS' }), [])
    if (options.all === true) return found(null, addresses)
    found(null, first.address, first.family)
  })
}
