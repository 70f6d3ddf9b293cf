import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { governs } from './governs.ts'

/**
 * The policies that apply to an identity in a cluster, sorted by name: the governing policies that enforce, or, if there are none, those in Shadow
 * mode.
 */
export function applicablePolicies(policies: readonly AccessPolicy[], identity: Identity, cluster?: string): readonly AccessPolicy[] {
  const governing = policies.filter((policy) => governs(policy, identity, cluster))
  const enforcing = governing.filter(({ spec }) => spec.mode !== 'Shadow')
  return (enforcing.length > 0 ? enforcing : governing).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
