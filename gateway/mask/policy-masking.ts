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
