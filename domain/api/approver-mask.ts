/**
 * What stands in a plan that an approver reads where the value of a Secret stood. It names where the value comes from, so that nobody
 * who writes a Secret can take words away from an approver unseen. Keys and names of Kubernetes hold no space and no bracket, so
 * the text cannot be bent by them. An agent can write the same words into its object; then they are shown as it wrote them.
 */
export type MaskSource = { readonly namespace: string; readonly secret: string; readonly key: string }

/** `more`: how many other Secrets hold the same value. */
export function formatMask({ namespace, secret, key }: MaskSource, more = 0): string {
  return `[masked: secret ${namespace}/${secret} key ${key}${more === 0 ? '' : ` and ${more} more`}]`
}

const MASK = /\[masked: secret ([^\s/[\]]+)\/([^\s/[\]]+) key ([^\s[\]]+)(?: and (\d{1,9}) more)?\]/g

/** The masks in a text, each source once, in the order of their first place. */
export function masksIn(text: string): readonly (MaskSource & { readonly more: number })[] {
  const found = new Map<string, MaskSource & { readonly more: number }>()
  for (const [whole, namespace = '', secret = '', key = '', more] of text.matchAll(MASK))
    if (!found.has(whole)) found.set(whole, { namespace, secret, key, more: Number(more ?? 0) })
  return [...found.values()]
}
