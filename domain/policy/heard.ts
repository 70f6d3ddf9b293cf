import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { governs } from './governs.ts'

/**
 * The policies that count for an identity in a cluster, sorted by name: those that govern it and enforce, or, where none does, those that
 * only watch.
 */
export function heardPolicies(policies: readonly AccessPolicy[], identity: Identity, cluster?: string): readonly AccessPolicy[] {
  const governing = policies.filter((policy) => governs(policy, identity, cluster))
  const enforcing = governing.filter(({ spec }) => spec.mode !== 'Shadow')
  return (enforcing.length > 0 ? enforcing : governing).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
