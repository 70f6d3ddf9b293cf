import type { Effect, PolicyRule } from '../api/access-policy.ts'
import type { Power } from '../decision.ts'
import { formatGain } from '../format/gain.ts'
import { DEFAULT } from '../policy/decide.ts'

type Match = NonNullable<PolicyRule['match']>

const EFFECTS: Readonly<Record<Effect, string>> = {
  Allow: 'answers are masked',
  RequireGrant: 'a live grant must cover it',
  RequireApproval: 'this very operation needs an approval, used once',
  Deny: 'no approval helps',
}

/** What an effect means for a request. */
export const effectWords = (effect: Effect): string => EFFECTS[effect]

const isAny = (words: readonly string[] | undefined): boolean => words === undefined || words.includes('*')
const listed = (words: readonly string[]): string => words.join(', ')
const quoted = (words: readonly string[]): string => listed(words.map((word) => `"${word}"`))

/** `pods` of the core group, `deployments.apps`, or `pods (any group)`. */
function resourceWords({ apiGroups, resources }: Match): string {
  const named = isAny(resources) ? ['every resource'] : (resources ?? [])
  if (apiGroups === undefined || isAny(apiGroups)) return isAny(resources) ? 'every resource' : `${listed(named)} (any group)`
  if (isAny(resources)) return `every resource of ${listed(apiGroups.map((group) => (group === '' ? 'the core group' : group)))}`
  return listed(named.flatMap((resource) => apiGroups.map((group) => (group === '' ? resource : `${resource}.${group}`))))
}

function whichWords(match: Match): string {
  const { subresources } = match
  const resources = resourceWords(match)
  if (subresources === undefined) return resources
  if (isAny(subresources)) return `${resources} and all subresources`
  const named = subresources.filter((name) => name !== '')
  if (named.length === 0) return `${resources} without subresources`
  return subresources.includes('') ? `${resources} and ${listed(named)} of them` : `${listed(named)} of ${resources}`
}

function whereWords(namespaces: Match['namespaces']): string {
  if (namespaces === undefined) return 'anywhere'
  if (namespaces.includes('*')) return 'in every namespace'
  const named = namespaces.filter((name) => name !== '')
  const scopes = [...(named.length === 0 ? [] : [`in namespace ${named.join(' or ')}`]), ...(namespaces.includes('') ? ['cluster-scoped'] : [])]
  return scopes.length === 0 ? 'nowhere' : scopes.join(', or ')
}

/** The requests that a rule names, as `delete deployments.apps, named "web", in namespace shop`. The words of the policy are unescaped. */
export function matchWords(match: Match = {}): string {
  const { verbs, namespaces, names, gains = [], nonResourceURLs } = match
  const what = isAny(verbs) ? 'any verb on' : listed(verbs ?? [])
  if (nonResourceURLs !== undefined) return `${what} the paths ${listed(nonResourceURLs)}`
  const named = isAny(names) ? '' : `, named ${quoted(names ?? [])}`
  const giving =
    gains.length === 0 ? '' : `, where it gives the workload: ${listed(gains.map((gain) => (gain === '*' ? 'any power' : formatGain(gain))))}`
  return `${what} ${whichWords(match)}${named}, ${whereWords(namespaces)}${giving}`
}

const KINDS: Readonly<Record<Power, string>> = {
  read: 'reads',
  ask: 'questions such as access reviews',
  write: 'writes',
  connect: 'exec, attach, port-forward and proxy',
  mint: 'what creates credentials',
  escalate: 'what changes permissions, what changes admission or jit-access itself',
  unknown: 'what is not known',
}

/** What happens to requests that no rule names, by effect. */
export function defaultWords(): readonly { readonly kinds: string; readonly effect: Effect }[] {
  const powers = Object.keys(DEFAULT) as readonly Power[]
  return (['Allow', 'RequireGrant', 'RequireApproval', 'Deny'] as const).map((effect) => {
    const more = effect === 'RequireApproval' ? ['deletecollection', 'writes that give a workload power'] : []
    return { effect, kinds: listed([...powers.filter((power) => DEFAULT[power] === effect).map((power) => KINDS[power]), ...more]) }
  })
}
