import { grantPhase, type AccessGrant } from '../api/access-grant.ts'
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

/** Keys of one Secret that a grant of the caller showed, and that it shows no more. */
export type EndedReveal = Pick<Revealed, 'grant' | 'namespace' | 'secret' | 'keys'> & { readonly ended: 'Expired' | 'Exhausted' | 'Revoked' }

/** So long after its end somebody may still think that a grant shows something. */
const REMEMBERED_MS = 3600_000

/** What the last of the caller's own grants showed of the Secret that is read, when that has ended. Grants of others are not looked at. */
export function endedReveal(grants: readonly AccessGrant[], { info, verb }: Classified, live: LiveInput): EndedReveal | undefined {
  if (info.apiGroup !== '' || info.resource !== 'secrets' || info.subresource !== '' || verb !== 'get') return undefined
  const { identity, nowMs, cluster } = live
  const ended = grants.flatMap((grant): readonly (EndedReveal & { readonly from: string })[] => {
    const { subject, reveal = [], expiresAt, notBefore: from, cluster: where } = grant.spec
    const phase = grantPhase(grant, nowMs)
    if (phase === 'Active' || phase === 'NotYetValid') return []
    if (subject.username !== identity.username || (where !== undefined && where !== cluster)) return []
    const shown = reveal.filter(({ namespace, secret }) => namespace === info.namespace && secret === info.name)
    if (shown.length === 0 || nowMs > Date.parse(expiresAt) + REMEMBERED_MS) return []
    return [{ grant: grant.metadata.name, namespace: info.namespace, secret: info.name, keys: shown.flatMap(({ keys }) => keys), ended: phase, from }]
  })
  const [last] = ended.toSorted((one, other) => (one.from < other.from ? 1 : -1))
  if (last === undefined) return undefined
  const { from: _, ...said } = last
  return said
}
