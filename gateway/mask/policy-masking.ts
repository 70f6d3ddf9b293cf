import type { AccessPolicy, Exemption } from '../../domain/api/access-policy.ts'
import type { MaskerOptions, ValueSource } from '../../domain/mask/masker.ts'
import type { RequestInfo } from '../../domain/request-info.ts'

const names = (list: readonly string[], name: string): boolean => list.includes('*') || list.includes(name)

/** Kubernetes names never contain NUL, so different parts never make the same string. */
const placeOf = ({ namespace, secret, key }: ValueSource): string => `${namespace}\0${secret}\0${key}`

const placesOf = (exemptions: readonly Exemption[]): ReadonlySet<string> =>
  new Set(exemptions.flatMap(({ namespace, secret, keys }) => keys.map((key) => placeOf({ namespace, secret, key }))))

/** Tests whether every policy exempts a source. Undefined if no source can be exempt. */
function exemptBy(policies: readonly AccessPolicy[]): MaskerOptions['exempt'] {
  const exempt = policies.map(({ spec }) => placesOf(spec.masking?.exempt ?? []))
  if (exempt.length === 0 || exempt.some(({ size }) => size === 0)) return undefined
  return (source) => exempt.every((places) => places.has(placeOf(source)))
}

/**
 * Combines the masking settings of an agent's policies for a route. The strictest wins: a field is hidden if any policy hides it, tokens of
 * well-known formats are shown only if all policies allow it, and a source is exempt only if all policies exempt it.
 */
export function policyMasking(
  policies: readonly AccessPolicy[],
  { apiGroup, resource }: Pick<RequestInfo, 'apiGroup' | 'resource'>,
): Required<Pick<MaskerOptions, 'fields' | 'tokens'>> & Pick<MaskerOptions, 'exempt'> {
  const rules = policies.flatMap(({ spec }) => spec.masking?.fields ?? [])
  const fields = rules
    .filter((rule) => resource !== '' && names(rule.apiGroups ?? [''], apiGroup) && names(rule.resources, resource))
    .flatMap(({ paths }) => paths)
  const shown = policies.length > 0 && policies.every(({ spec }) => spec.masking?.tokenPatterns === false)
  const exempt = exemptBy(policies)
  return { fields, tokens: !shown, ...(exempt === undefined ? {} : { exempt }) }
}

/**
 * A digest that stays the same while the masking settings of the policies for a route are equal, in any order. Settings other than fields and
 * tokens are compared as written: a new setting may end a stream unnecessarily, but never too late.
 */
export function maskingDigest(policies: readonly AccessPolicy[], info: Pick<RequestInfo, 'apiGroup' | 'resource'>): string {
  const { fields, tokens } = policyMasking(policies, info)
  const others = policies.map(({ spec }) => JSON.stringify({ ...spec.masking, fields: undefined, tokenPatterns: undefined }))
  return JSON.stringify([[...new Set(fields)].toSorted(), tokens, [...new Set(others)].toSorted()])
}
