/** Where limits by client look up the address of a client. */
export const trustedProxiesSchema = {
  type: 'array',
  description:
    'Networks of the proxies in front, whose X-Forwarded-For says where a client is; limits count by client. Optional. Defaults to none: the address of the connection counts.',
  maxItems: 20,
  items: { type: 'string', description: 'An address or a network, such as 10.0.0.0/8.', pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' },
} as const

/** What counts as one client. IPv6 clients have a whole /64. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head.split(':').filter((part) => part !== '')
  const right = (tail ?? '').split(':').filter((part) => part !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')
}
