import type { Effect, PolicyRule } from '../api/access-policy.ts'
import type { Power } from '../decision.ts'
import { formatGain } from '../format/gain.ts'
import { DEFAULT } from '../policy/decide.ts'

type Match = NonNullable<PolicyRule['match']>

const EFFECTS: Readonly<Record<Effect, string>> = {
  Allow: 'allowed, with masked answers',
  RequireGrant: 'needs a live grant',
  RequireApproval: 'needs an approval of this very operation',
  Deny: 'refused, and no approval helps',
}

/** What happens to a request under an effect, as a predicate. */
export const effectWords = (effect: Effect): string => EFFECTS[effect]

const isAny = (words: readonly string[] | undefined): boolean => words === undefined || words.includes('*')
const listed = (words: readonly string[]): string => words.join(', ')
const quoted = (words: readonly string[]): string => listed(words.map((word) => `"${word}"`))

function groupWords(groups: Match['apiGroups']): string {
  if (groups === undefined || isAny(groups)) return ''
  const named = groups.filter((group) => group !== '')
  const core = groups.includes('') ? ['the core group'] : []
  return ` of ${listed([...core, ...named])}`
}

function subresourceWords(subresources: Match['subresources']): string {
  if (subresources === undefined) return ''
  if (isAny(subresources)) return ', and all their subresources'
  const named = subresources.filter((name) => name !== '')
  if (named.length === 0) return ' themselves'
  return `${subresources.includes('') ? ' themselves, and' : ','} their subresources ${listed(named)}`
}

function whereWords(namespaces: Match['namespaces']): string {
  if (namespaces === undefined) return 'anywhere'
  if (namespaces.includes('*')) return 'in every namespace'
  const named = namespaces.filter((name) => name !== '')
  const scopes = [...(named.length === 0 ? [] : [`in namespace ${named.join(' or ')}`]), ...(namespaces.includes('') ? ['cluster-scoped'] : [])]
  return scopes.length === 0 ? 'nowhere' : scopes.join(', or ')
}

/** The requests that a rule names, as `delete deployments of apps, named "web", in namespace shop`. The words of the policy are unescaped. */
export function matchWords(match: Match = {}): string {
  const { verbs, apiGroups, resources, subresources, namespaces, names, gains = [], nonResourceURLs } = match
  const what = isAny(verbs) ? 'any verb' : listed(verbs ?? [])
  if (nonResourceURLs !== undefined) return `${what} on the paths ${listed(nonResourceURLs)}`
  const which = isAny(resources) ? 'every resource' : listed(resources ?? [])
  const named = isAny(names) ? '' : `, named ${quoted(names ?? [])}`
  const giving =
    gains.length === 0 ? '' : `, where it gives the workload: ${listed(gains.map((gain) => (gain === '*' ? 'any power' : formatGain(gain))))}`
  return `${what} on ${which}${groupWords(apiGroups)}${subresourceWords(subresources)}${named}, ${whereWords(namespaces)}${giving}`
}

const KINDS: Readonly<Record<Power, string>> = {
  read: 'reads',
  ask: 'questions such as access reviews',
  write: 'writes',
  connect: 'exec, attach, port-forward and proxy',
  mint: 'what creates credentials',
  escalate: 'what changes permissions, admission or jit-access itself',
  unknown: 'what is not known',
}

/** What happens to requests that no rule names: one line for each effect. */
export function defaultWords(): readonly string[] {
  const powers = Object.keys(DEFAULT) as readonly Power[]
  const lines = (['Allow', 'RequireGrant', 'RequireApproval', 'Deny'] as const).map((effect) => {
    const more = effect === 'RequireApproval' ? ['deletecollection', 'writes that give a workload power'] : []
    return { effect, kinds: [...powers.filter((power) => DEFAULT[power] === effect).map((power) => KINDS[power]), ...more] }
  })
  return lines.filter(({ kinds }) => kinds.length > 0).map(({ effect, kinds }) => `${effect}: ${listed(kinds)}: ${effectWords(effect)}`)
}
