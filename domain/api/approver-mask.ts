/**
 * Replaces the value of a Secret in a plan that approvers read. It names the source of the value, so that no author of a Secret can hide text from an
 * approver unnoticed. Kubernetes keys and names contain no space and no bracket, so they cannot break the format. An agent can write the same text
 * into its object; it is then shown as written.
 */
export type MaskSource = { readonly namespace: string; readonly secret: string; readonly key: string }

/** `more`: number of other Secrets with the same value. */
export function formatMask({ namespace, secret, key }: MaskSource, more = 0): string {
  return `[masked: secret ${namespace}/${secret} key ${key}${more === 0 ? '' : ` and ${more} more`}]`
}

const MASK = /\[masked: secret ([^\s/[\]]+)\/([^\s/[\]]+) key ([^\s[\]]+)(?: and (\d{1,9}) more)?\]/g

/** The masks in a text, each source once, in order of first occurrence. */
export function masksIn(text: string): readonly (MaskSource & { readonly more: number })[] {
  const found = new Map<string, MaskSource & { readonly more: number }>()
  for (const [whole, namespace = '', secret = '', key = '', more] of text.matchAll(MASK))
    if (!found.has(whole)) found.set(whole, { namespace, secret, key, more: Number(more ?? 0) })
  return [...found.values()]
}
