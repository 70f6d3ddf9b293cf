import { expiryMsOf, grantEndMs, grantPhase, isClassSpent, type AccessGrant } from '../api/access-grant.ts'
import type { Classified } from '../decision.ts'
import { isLive, type LiveInput } from './is-live.ts'

/** Keys of one Secret that a live grant shows, and the grant whose use is claimed. */
export type Revealed = {
  readonly grant: string
  readonly expiresAtMs: number
  /** Undefined: the grant does not end when it is idle. */
  readonly idleSeconds?: number | undefined
  readonly namespace: string
  readonly secret: string
  readonly keys: readonly string[]
}

/**
 * The keys that a read of one named Secret may show. Only for `get`: a list or watch would continue to show the keys after one use. Of several
 * grants, the one that expires first is used, so that the longer one remains.
 */
export function revealedBy(grants: readonly AccessGrant[], { info, verb }: Classified, live: LiveInput): Revealed | undefined {
  if (info.apiGroup !== '' || info.resource !== 'secrets' || info.subresource !== '' || verb !== 'get') return undefined
  const candidates = grants.flatMap((grant): readonly Revealed[] => {
    const shown = (grant.spec.reveal ?? []).filter(({ namespace, secret }) => namespace === info.namespace && secret === info.name)
    if (shown.length === 0 || !isLive(grant, live) || isClassSpent(grant, 'read')) return []
    const keys = shown.flatMap((entry) => entry.keys)
    const { idleSeconds } = grant.spec
    return [{ grant: grant.metadata.name, expiresAtMs: expiryMsOf(grant), idleSeconds, namespace: info.namespace, secret: info.name, keys }]
  })
  return candidates.sort((a, b) => a.expiresAtMs - b.expiresAtMs)[0]
}

/** Keys of one Secret that a grant of the caller showed and no longer shows. */
export type EndedReveal = Pick<Revealed, 'grant' | 'namespace' | 'secret' | 'keys'> & { readonly ended: 'Expired' | 'Exhausted' | 'Revoked' }

/** How long after its end a caller may still expect a grant to show keys. */
const REMEMBERED_MS = 3600_000

/** The keys of the requested Secret that the caller's latest ended grant showed. Ignores grants of other callers. */
export function endedReveal(grants: readonly AccessGrant[], { info, verb }: Classified, live: LiveInput): EndedReveal | undefined {
  if (info.apiGroup !== '' || info.resource !== 'secrets' || info.subresource !== '' || verb !== 'get') return undefined
  const { identity, nowMs, cluster } = live
  const ended = grants.flatMap((grant): readonly (EndedReveal & { readonly from: string })[] => {
    const { subject, reveal = [], notBefore: from, cluster: where } = grant.spec
    const phase = grantPhase(grant, nowMs)
    if (phase === 'Active' || phase === 'NotYetValid') return []
    if (subject.username !== identity.username || (where !== undefined && where !== cluster)) return []
    const shown = reveal.filter(({ namespace, secret }) => namespace === info.namespace && secret === info.name)
    if (shown.length === 0 || nowMs > grantEndMs(grant) + REMEMBERED_MS) return []
    return [{ grant: grant.metadata.name, namespace: info.namespace, secret: info.name, keys: shown.flatMap(({ keys }) => keys), ended: phase, from }]
  })
  const [last] = ended.toSorted((one, other) => (one.from < other.from ? 1 : -1))
  if (last === undefined) return undefined
  const { from: _, ...result } = last
  return result
}
