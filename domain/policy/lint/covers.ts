import type { Effect, PolicyRule } from '../../api/access-policy.ts'
import { coversGains } from '../../api/gain.ts'
import type { Power } from '../../decision.ts'

type Match = NonNullable<PolicyRule['match']>
type Words = readonly string[] | undefined

const isAll = (words: Words): boolean => words === undefined || words.includes('*')

/** Whether every value that `inner` matches is one that `outer` matches. */
const contains = (outer: Words, inner: Words): boolean =>
  isAll(outer) || (!isAll(inner) && inner?.every((word) => outer?.includes(word) === true) === true)

/** `*` means every name, but a request without a name has none. */
const namesContain = (outer: Words, inner: Words): boolean =>
  outer === undefined || (inner !== undefined && (outer.includes('*') || (!inner.includes('*') && inner.every((name) => outer.includes(name)))))

/** A rule that allows does not apply to a list of all namespaces unless it names all of them; a stricter rule with `""` does. */
function namespacesContain(outer: PolicyRule, inner: PolicyRule): boolean {
  const [out, into] = [outer.match?.namespaces, inner.match?.namespaces]
  if (!contains(out, into)) return false
  return isAll(out) || outer.effect !== 'Allow' || inner.effect === 'Allow' || into?.includes('') !== true
}

/** Verbs of writes that can give power to a workload: see domain/workload/holds-pods.ts. */
const GIVING: readonly string[] = ['create', 'update', 'patch']

const LOOSENS: ReadonlySet<Effect> = new Set(['Allow', 'RequireGrant'])

const mayGive = ({ verbs }: Match): boolean => isAll(verbs) || GIVING.some((verb) => verbs?.includes(verb) === true)

const isStrict = ({ effect }: PolicyRule): boolean => !LOOSENS.has(effect)

const gainsNamed = (outer: readonly string[], inner: readonly string[]): boolean =>
  outer.includes('*') || (!inner.includes('*') && coversGains(outer, inner))

/** A rule without gains applies to writes that give power only if it is strict. */
function gainsContain(outer: PolicyRule, inner: PolicyRule): boolean {
  const [out, into] = [outer.match?.gains, inner.match?.gains]
  if (out !== undefined) return into !== undefined && gainsNamed(out, into)
  return isStrict(outer) || (into === undefined && !(isStrict(inner) && mayGive(inner.match ?? {})))
}

/** Classifies a request. `resource` with its subresource, as `pods/exec`. The classification is another stage, so callers pass it in. */
export type PowerOf = (verb: string, apiGroup: string, resource: string) => Power

/** Verbs that a rule without verbs matches. `proxy` stands for verbs that no table knows. */
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'proxy'] as const

/** Rules that name more resources than this, as the product of their lists, are not classified. */
const MAX_NAMED = 256

const NAMED_ONLY: ReadonlySet<Power> = new Set(['mint', 'escalate', 'unknown', 'connect'])

/** Whether one of the requests that the rule names has a power that only a rule that names the resource may loosen. True when it names too much to tell. */
function mayUseNamedPowers({ verbs, apiGroups = ['*'], resources = ['*'], subresources = [''] }: Match, powerOf: PowerOf): boolean {
  if (isAll(apiGroups) || isAll(resources) || isAll(subresources)) return true
  if (apiGroups.length * resources.length * subresources.length > MAX_NAMED) return true
  const names = resources.flatMap((resource) => subresources.map((below) => (below === '' ? resource : `${resource}/${below}`)))
  return (isAll(verbs) ? VERBS : (verbs ?? [])).some((verb) =>
    apiGroups.some((group) => names.some((resource) => NAMED_ONLY.has(powerOf(verb, group, resource)))),
  )
}

const explicit = (words: Words): readonly string[] => (words ?? []).filter((word) => word !== '*')

/** Whether the outer rule names each resource explicitly that the inner one does. */
const namesEach = (out: Match, into: Match): boolean =>
  explicit(into.resources).every((name) => out.resources?.includes(name) === true) &&
  explicit(into.apiGroups).every((group) => group === '' || out.apiGroups?.includes(group) === true)

/** Whether the outer rule decides requests of every power that the inner rule decides: see matches.ts. */
function powersContain(outer: PolicyRule, inner: PolicyRule, powerOf: PowerOf): boolean {
  const [out, into] = [outer.match ?? {}, inner.match ?? {}]
  if (outer.effect === 'Deny') return true
  // Only a rule that denies applies to these powers where it does not name the resource.
  const namesAll = inner.effect !== 'Deny' || (!isAll(into.resources) && !isAll(into.apiGroups))
  return (namesAll && namesEach(out, into)) || !mayUseNamedPowers(into, powerOf)
}

const pathContains = (outer: string, inner: string): boolean => (outer.endsWith('*') ? inner.startsWith(outer.slice(0, -1)) : inner === outer)

/** Paths and resources are different requests. */
function pathsContain(out: Words, into: Words): boolean {
  if (out === undefined || into === undefined) return false
  return into.every((path) => out.some((pattern) => pathContains(pattern, path)))
}

const LISTS = ['verbs', 'apiGroups', 'resources', 'subresources'] as const

/** A rule without subresources names the resource itself. */
const wordsOf = (match: Match, field: (typeof LISTS)[number]): Words => match[field] ?? (field === 'subresources' ? [''] : undefined)

/** A condition limits a rule, unless both have the same. */
const conditionContains = (out: Match, into: Match): boolean => out.condition === undefined || out.condition === into.condition

/**
 * Whether a rule decides every request that another rule names, so that the other one after it never decides what it names. Never true by mistake;
 * may be false where the rule covers the other one by what its condition says, or together with further rules.
 */
export function coversRule(outer: PolicyRule, inner: PolicyRule, powerOf: PowerOf): boolean {
  const [out, into] = [outer.match ?? {}, inner.match ?? {}]
  if (!conditionContains(out, into)) return false
  if (out.nonResourceURLs !== undefined || into.nonResourceURLs !== undefined) return pathsContain(out.nonResourceURLs, into.nonResourceURLs)
  const checks = [
    namesContain(out.names, into.names),
    namespacesContain(outer, inner),
    gainsContain(outer, inner),
    powersContain(outer, inner, powerOf),
  ]
  return LISTS.every((field) => contains(wordsOf(out, field), wordsOf(into, field))) && checks.every(Boolean)
}
