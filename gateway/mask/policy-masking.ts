import type { AccessPolicy, Exemption } from '../../domain/api/access-policy.ts'
import type { ValueSource } from '../../domain/mask/match/known-values.ts'
import type { MaskerOptions } from '../../domain/mask/masker.ts'
import type { RequestInfo } from '../../domain/request-info.ts'

const names = (list: readonly string[], name: string): boolean => list.includes('*') || list.includes(name)

/** Names of Kubernetes hold no NUL, so the parts cannot run into each other. */
const placeOf = ({ namespace, secret, key }: ValueSource): string => `${namespace}\0${secret}\0${key}`

const placesOf = (exemptions: readonly Exemption[]): ReadonlySet<string> =>
  new Set(exemptions.flatMap(({ namespace, secret, keys }) => keys.map((key) => placeOf({ namespace, secret, key }))))

/** Which sources every one of the policies exempts. Undefined: none. */
function exemptBy(policies: readonly AccessPolicy[]): MaskerOptions['exempt'] {
  const exempt = policies.map(({ spec }) => placesOf(spec.masking?.exempt ?? []))
  if (exempt.length === 0 || exempt.some(({ size }) => size === 0)) return undefined
  return (source) => exempt.every((places) => places.has(placeOf(source)))
}

/**
 * What the policies that govern an agent say about masking on a route. The strictest wins: fields that any of them hides are hidden,
 * well-known tokens show only when all of them let tokens show, and a source is exempt only when all of them exempt it.
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
 * The same text as long as the policies say the same about masking on a route, in whatever order. What they say beside hidden fields and
 * tokens is compared as it is written, so that a setting that is new here ends a stream too often and never too late.
 */
export function maskingDigest(policies: readonly AccessPolicy[], info: Pick<RequestInfo, 'apiGroup' | 'resource'>): string {
  const { fields, tokens } = policyMasking(policies, info)
  const others = policies.map(({ spec }) => JSON.stringify({ ...spec.masking, fields: undefined, tokenPatterns: undefined }))
  return JSON.stringify([[...new Set(fields)].toSorted(), tokens, [...new Set(others)].toSorted()])
}
