import { GROUP } from '../../domain/api/names.ts'

/** The prefixes of an issuer. `issuer` is used in messages only. */
export type Prefixes = { readonly issuer: string; readonly usernamePrefix: string; readonly groupsPrefix: string }

const FIELDS = ['usernamePrefix', 'groupsPrefix'] as const

function problemOf(prefix: string): string | undefined {
  if (!/^[\x21-\x7e]*[:#/]$/.test(prefix)) return 'must end in ":", "#" or "/" and hold no blank, so that prefix and claim can be distinguished'
  const lower = prefix.toLowerCase()
  if (lower.startsWith('system:') || lower.startsWith(GROUP))
    return `must not begin with "system:" or "${GROUP}", whose names Kubernetes and jit-access hand out`
  return undefined
}

/** Describes what is wrong with the prefixes of one issuer: the field, the problem and the fix. Undefined when they are valid. */
export function prefixProblem(prefixes: Prefixes): string | undefined {
  for (const field of FIELDS) {
    const problem = problemOf(prefixes[field])
    if (problem !== undefined) return `.${field}: "${prefixes[field]}" ${problem}; write for example "oidc:"`
  }
  return undefined
}

/**
 * Describes two issuers of which one could name users or groups of the other, because its prefix is a prefix of the other's. Also compares
 * user prefixes with group prefixes, so that a policy subject read as the wrong kind never matches. Undefined when there is none.
 */
export function prefixClash(issuers: readonly Prefixes[]): string | undefined {
  for (const [index, one] of issuers.entries())
    for (const [otherIndex, other] of issuers.entries())
      for (const field of index === otherIndex ? [] : FIELDS)
        for (const otherField of FIELDS)
          if (other[otherField].startsWith(one[field]))
            return `.${field}: "${one[field]}" of ${one.issuer} begins .${otherField}: "${other[otherField]}" of ${other.issuer}, so each could name users of the other, or groups; give each issuer prefixes of its own`
  return undefined
}
