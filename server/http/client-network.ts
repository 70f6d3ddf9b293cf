/** Where limits by client look up the address of a client. */
export const trustedProxiesSchema = {
  type: 'array',
  description:
    'Networks of the proxies in front, whose X-Forwarded-For says where a client is; limits count by client. Optional. Defaults to none: the address of the connection counts.',
  maxItems: 20,
  items: { type: 'string', description: 'An address or a network, such as 10.0.0.0/8.', pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' },
} as const

/** The first groups of an address of IPv6, and an address of IPv4 as it is. */
function prefixOf(address: string, groups: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head.split(':').filter((part) => part !== '')
  const right = (tail ?? '').split(':').filter((part) => part !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
    .slice(0, groups)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')
}

/** What counts as one client. IPv6 clients have a whole /64. */
export const networkOf = (address: string): string => prefixOf(address, 4)

/**
 * What counts as one site, for what few people need at the same time: a connection to the internet has up to 65 536 networks of IPv6, so one client could be
 * as many. The people of a site share it, as they share an address of IPv4.
 */
export const siteOf = (address: string): string => prefixOf(address, 3)
