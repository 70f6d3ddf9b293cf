import type { ConditionEvaluator } from '../../../domain/condition-evaluator.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import type { Classified, Decision } from '../../../domain/decision.ts'
import { countOf, operationOf, placesOf, resourcesOf, type AskedResource } from '../../../domain/classify/operations-of.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { strictest } from '../../../domain/policy/decide.ts'
import { decisionsWithoutObject } from '../../../domain/policy/conditions/without-object.ts'
import type { AccessRule, Reveal } from '../../../domain/api/rules.ts'
import { formatOperation } from '../../../domain/format/operation.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import type { Discovered } from '../../../domain/served-resource.ts'
import type { Discovery } from '../../../kube/discovery.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Governing } from '../requests/request-policy.ts'
import { createCeiling, type Ceiling } from './ceiling.ts'
import { isNamespaced, isServed, notServed } from './served-resources.ts'
import { beyondCeiling, unreadable, wordsProblem } from './wording.ts'

export type UnusableDependencies = {
  readonly authorizer: Authorizer
  readonly evaluate: ConditionEvaluator
  readonly discovery?: Discovery
  /** Name of this cluster. */
  readonly cluster?: string
}

/** The requested access, or what approvers left of it. */
export type Asking = {
  readonly requester: Identity
  readonly governing: Governing
  readonly rules: readonly AccessRule[]
  readonly reveal: readonly Reveal[]
  readonly maxUses: number | undefined
  /** Whether it is for one exact operation that the gateway holds. Its approval also counts where a rule has the effect RequireApproval. */
  readonly isOperation: boolean
  /** The cluster of the request. Undefined: this cluster. */
  readonly cluster: string | undefined
  /** Path of the parent field, for messages. */
  readonly field: string
}

const NOBODY: Identity = { username: '', uid: '', groups: [], extra: {} }

/** The access that a request asks for. `narrowed`: what approvers left of it. */
export function askingOf({ spec }: AccessRequest, governing: Governing, narrowed: AccessRequestStatus['narrowed'] = {}): Asking {
  const { rules = [], reveal = [], maxUses, operation, cluster, requester } = { ...spec, ...narrowed }
  return {
    requester: { ...NOBODY, ...requester },
    governing,
    rules,
    reveal,
    maxUses,
    isOperation: operation !== undefined,
    cluster,
    field: narrowed.rules === undefined ? 'spec' : 'status.narrowed',
  }
}

/** Maximum number of single operations in one request, since each is checked separately. */
const MAX_OPERATIONS = 256
const MAX_CAUSES = 16
const AT_ONCE = 16

type Looking = Asking & {
  readonly deps: UnusableDependencies
  readonly identity: Identity
  readonly ceiling: Ceiling
  readonly discovered: Discovered | undefined
}

const formatPolicy = ({ policy, rule }: Decision): string => `policy "${policy}", rule "${rule}"`

/** Why a grant would not count for an operation under the policies. */
function policyProblem(classified: Classified, sure: readonly Decision[], { governing, isOperation }: Looking): string | undefined {
  const enforced = sure.filter(({ shadow }) => !shadow)
  const worst = strictest(enforced)
  if (worst === undefined) return undefined
  const said = formatOperation(classified)
  if (worst.effect === 'Deny') return `${formatPolicy(worst)} denies ${said}; no grant can allow it`
  if (worst.effect === 'RequireApproval' && !isOperation)
    return `${formatPolicy(worst)} requires a separate approval for each ${said}, so a grant does not count: send the request through the gateway, which holds it until an approver has decided`
  const own = enforced.find(({ policy }) => policy === governing.chosen.metadata.name)
  return own === undefined || own.effect === worst.effect
    ? undefined
    : `${formatPolicy(worst)} requires a grant for ${said}, and a grant under policy "${own.policy}" does not count: name policy "${worst.policy}"`
}

/** Why a grant for the operation would be useless. Undefined if it could be used. */
async function operationProblem(classified: Classified, looking: Looking): Promise<string | undefined> {
  const { identity, governing, deps, ceiling, maxUses, isOperation } = looking
  if (classified.info.name !== '' && classified.verb === 'create' && classified.info.subresource === '')
    return `a create has no object name in its path, so no request can match ${formatOperation(classified)}: remove resourceNames, or ask for update or patch`
  const sure = decisionsWithoutObject({ classified, identity, policies: governing.all, evaluate: deps.evaluate, ...where(looking) })
  const problem = policyProblem(classified, sure, looking)
  if (problem !== undefined) return problem
  // If the policies allow the operation without a grant, no use is taken. A grant with counted uses then does not add to the agent's RBAC.
  const isFree = sure.length === governing.all.length && sure.every(({ effect, shadow }) => effect === 'Allow' || shadow)
  const adds = !isFree || maxUses === undefined || isOperation
  return (await ceiling(classified, adds)) ? undefined : beyondCeiling(classified, governing.chosen, adds)
}

const where = ({ cluster, deps }: Looking): { readonly cluster?: string } => {
  const name = cluster ?? deps.cluster
  return name === undefined ? {} : { cluster: name }
}

/** Why the namespaces of a rule do not fit the scope of the resource. */
function scopeProblem({ discovered }: Looking, asked: AskedResource, rule: AccessRule): string | undefined {
  const namespaced = discovered === undefined ? undefined : isNamespaced(discovered, asked)
  if (namespaced === undefined || (asked.apiGroup === '' && asked.resource.split('/')[0] === 'namespaces')) return undefined
  if (!namespaced) return rule.namespaces === undefined ? undefined : `${asked.resource} are cluster-scoped: remove namespaces`
  const acrossNamespaces = asked.verb === 'list' || asked.verb === 'watch'
  return rule.namespaces === undefined && !acrossNamespaces ? `${asked.resource} are namespaced: name the namespaces` : undefined
}

async function inTurns<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(look))))
  return results
}

/** For each place (namespace and name) of a rule: why a grant is useless there, or undefined if one of the groups can be used. */
async function placeProblems(groups: readonly AskedResource[], rule: AccessRule, looking: Looking): Promise<readonly (string | undefined)[]> {
  return await inTurns(placesOf(rule), async (place) => {
    const problems: string[] = []
    for (const asked of groups) {
      const problem = scopeProblem(looking, asked, rule) ?? (await operationProblem(operationOf(asked, place), looking))
      if (problem === undefined) return undefined
      problems.push(problem)
    }
    return problems[0]
  })
}

/** A rule covers the product of its verbs, resources and places. It has problems only if none of the combinations can be used. */
async function ruleProblems(rule: AccessRule, looking: Looking): Promise<readonly string[]> {
  const { discovered } = looking
  const wrong = wordsProblem(rule) ?? (discovered === undefined ? undefined : notServed(discovered, rule))
  if (wrong !== undefined) return [wrong]
  const pairs = resourcesOf(rule).filter((asked) => discovered === undefined || isServed(discovered, asked) !== false)
  if (pairs.length === 0) return [`the cluster serves none of ${rule.verbs.join(', ')} for ${rule.resources.join(', ')}`]
  const byVerb = [...Map.groupBy(pairs, ({ verb, resource }) => `${verb} ${resource}`).values()]
  const problems: (string | undefined)[] = []
  for (const groups of byVerb) problems.push(...(await placeProblems(groups, rule, looking)))
  return problems.includes(undefined) ? [] : problems.filter((problem) => problem !== undefined)
}

/** Why a reveal would be useless. A reveal unmasks keys in the response to a GET that is allowed otherwise; it does not allow the GET. */
async function revealProblem({ namespace, secret }: Reveal, looking: Looking): Promise<string | undefined> {
  const { identity, governing, deps, ceiling, rules, maxUses } = looking
  const classified = operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace, name: secret })
  const sure = decisionsWithoutObject({ classified, identity, policies: governing.all, evaluate: deps.evaluate, ...where(looking) }).filter(
    ({ shadow }) => !shadow,
  )
  const worst = strictest(sure)
  if (worst?.effect === 'Deny') return `${formatPolicy(worst)} denies ${formatOperation(classified)}; no grant can reveal it`
  const covered = rules.some((rule) => ruleCovers(rule, classified))
  const adds = (worst !== undefined && worst.effect !== 'Allow') || (covered && maxUses === undefined)
  if (await ceiling(classified, adds)) return undefined
  return adds ? beyondCeiling(classified, governing.chosen, adds) : unreadable(classified, governing.chosen)
}

const forbidden = (field: string, message: string): StatusCause => ({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` })

function bounded(causes: readonly StatusCause[]): readonly StatusCause[] {
  const [first] = causes
  if (causes.length <= MAX_CAUSES || first === undefined) return causes
  return [...causes.slice(0, MAX_CAUSES), { ...first, message: `Forbidden: and ${causes.length - MAX_CAUSES} more` }]
}

const isHere = ({ cluster }: Asking, deps: UnusableDependencies): boolean => cluster === undefined || cluster === deps.cluster

/** Undefined if discovery fails. Policies and RBAC are checked all the same. */
async function discoveredBy({ discovery }: UnusableDependencies): Promise<Discovered | undefined> {
  try {
    return await discovery?.()
  } catch {
    return undefined
  }
}

/**
 * Reports rules and reveals of a request that could never be used, because a policy denies them, RBAC does not allow them even with a grant, or
 * no request can match them. Reports nothing where the result depends on the later request, such as its object.
 * Does not check RBAC of another cluster, admission, or whether the objects exist.
 * @throws StatusError the error of a failed review
 */
export async function unusableParts(asking: Asking, deps: UnusableDependencies): Promise<readonly StatusCause[]> {
  const { rules, reveal, field, requester, governing } = asking
  const count = rules.reduce((sum, rule) => sum + countOf(rule), 0)
  if (count > MAX_OPERATIONS) {
    const message = `Too many: ${count} combinations of verb, resource, namespace and name: at most ${MAX_OPERATIONS}; ask for less, or for the rest in another request`
    return [{ reason: 'FieldValueTooMany', field: `${field}.rules`, message }]
  }
  const here = isHere(asking, deps)
  const identity = withTokenGroups(requester)
  const ceiling = here ? createCeiling(deps.authorizer, identity, governing) : () => Promise.resolve(true)
  const looking: Looking = { ...asking, deps, identity, ceiling, discovered: here ? await discoveredBy(deps) : undefined }
  const causes: StatusCause[] = []
  for (const [index, rule] of rules.entries())
    for (const problem of await ruleProblems(rule, looking)) causes.push(forbidden(`${field}.rules[${index}]`, problem))
  for (const [index, each] of reveal.entries()) {
    const problem = await revealProblem(each, looking)
    if (problem !== undefined) causes.push(forbidden(`${field}.reveal[${index}]`, problem))
  }
  return bounded(causes)
}
