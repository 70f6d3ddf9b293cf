import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { governs } from './governs.ts'

declare const applies: unique symbol

/** Policies that apply to an identity, in the order of their names. Only `applicablePolicies` makes them. */
export type ApplicablePolicies = readonly AccessPolicy[] & { readonly [applies]: true }

/**
 * The policies that apply to an identity in a cluster, sorted by name: the governing policies that enforce, or, if there are none, those in Shadow
 * mode.
 */
export function applicablePolicies(policies: readonly AccessPolicy[], identity: Identity, cluster?: string): ApplicablePolicies {
  const governing = policies.filter((policy) => governs(policy, identity, cluster))
  const enforcing = governing.filter(({ spec }) => spec.mode !== 'Shadow')
  const applicable = enforcing.length > 0 ? enforcing : governing
  return applicable.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) as readonly AccessPolicy[] as ApplicablePolicies
}
