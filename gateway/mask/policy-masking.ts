import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { MaskerOptions } from '../../domain/mask/masker.ts'
import type { RequestInfo } from '../../domain/request-info.ts'

const names = (list: readonly string[], name: string): boolean => list.includes('*') || list.includes(name)

/**
 * What the policies that govern an agent say about masking on a route: the fields that any of them hides, and well-known tokens
 * unless all of them let them show.
 */
export function policyMasking(
  policies: readonly AccessPolicy[],
  { apiGroup, resource }: Pick<RequestInfo, 'apiGroup' | 'resource'>,
): Required<Pick<MaskerOptions, 'fields' | 'tokens'>> {
  const rules = policies.flatMap(({ spec }) => spec.masking?.fields ?? [])
  const fields = rules
    .filter((rule) => resource !== '' && names(rule.apiGroups ?? [''], apiGroup) && names(rule.resources, resource))
    .flatMap(({ paths }) => paths)
  const shown = policies.length > 0 && policies.every(({ spec }) => spec.masking?.tokenPatterns === false)
  return { fields, tokens: !shown }
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
