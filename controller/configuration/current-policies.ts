import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Informer } from '../../kube/informer.ts'

/**
 * Returns the policies while this process leads, undefined otherwise. After a change of leaders it waits until the copy was current once: a copy that
 * lags could bring back what the former leader has replaced. From then on an old copy counts too, so that changes by others are repaired also
 * while jit-apiserver is away.
 */
export function createCurrentPolicies(
  policies: Pick<Informer<AccessPolicy>, 'list' | 'synced' | 'staleForMs'>,
  leads: () => boolean,
): () => readonly AccessPolicy[] | undefined {
  let wasCurrent = false
  return () => {
    wasCurrent = leads() && policies.synced() && (wasCurrent || policies.staleForMs() === 0)
    return wasCurrent ? policies.list() : undefined
  }
}
