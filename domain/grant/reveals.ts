import type { AccessGrant } from '../access-grant.ts'
import type { Classified } from '../decision.ts'
import { isLive, type LiveInput } from './is-live.ts'

/** Keys of one Secret that a live grant shows, and the grant that a use is taken of. */
export type Revealed = {
  readonly grant: string
  readonly expiresAtMs: number
  readonly namespace: string
  readonly secret: string
  readonly keys: readonly string[]
}

/**
 * What a read of one named Secret may show. Only `get`: a list or a watch goes on showing what was asked for once.
 * Of several grants the one that ends first is used, so that the longer one is left.
 */
export function revealedBy(grants: readonly AccessGrant[], { info, verb }: Classified, live: LiveInput): Revealed | undefined {
  if (info.apiGroup !== '' || info.resource !== 'secrets' || info.subresource !== '' || verb !== 'get') return undefined
  const candidates = grants.flatMap((grant): readonly Revealed[] => {
    const shown = (grant.spec.reveal ?? []).filter(({ namespace, secret }) => namespace === info.namespace && secret === info.name)
    if (shown.length === 0 || !isLive(grant, live)) return []
    const keys = shown.flatMap((entry) => entry.keys)
    return [{ grant: grant.metadata.name, expiresAtMs: Date.parse(grant.spec.expiresAt), namespace: info.namespace, secret: info.name, keys }]
  })
  return candidates.sort((a, b) => a.expiresAtMs - b.expiresAtMs)[0]
}
