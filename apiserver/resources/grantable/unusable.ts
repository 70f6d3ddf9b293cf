import type { ConditionEvaluator } from '../../../domain/condition-evaluator.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import type { Classified, Decision } from '../../../domain/decision.ts'
import { countOf, operationOf, placesOf, resourcesOf, type AskedResource } from '../../../domain/classify/operations-of.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { strictest } from '../../../domain/policy/decide.ts'
import { sureDecisions } from '../../../domain/policy/conditions/without-object.ts'
import type { AccessRule, Reveal } from '../../../domain/api/rules.ts'
import { formatOperation } from '../../../domain/say-operation.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import type { Discovered } from '../../../domain/served-resource.ts'
import type { Discovery } from '../../../kube/discovery.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Governing } from '../requests/request-policy.ts'
import { createCeiling, type Ceiling } from './ceiling.ts'
import { isNamespaced, isServed, notServed } from './served.ts'
import { beyondCeiling, unreadable, wordsProblem } from './wording.ts'

export type UnusableDependencies = {
  readonly authorizer: Authorizer
  readonly evaluate: ConditionEvaluator
  readonly discovery?: Discovery
  /** Name of this cluster. */
  readonly cluster?: string
}

/** What is asked for, or left of it. */
export type Asking = {
  readonly requester: Identity
  readonly governing: Governing
  readonly rules: readonly AccessRule[]
  readonly reveal: readonly Reveal[]
  readonly maxUses: number | undefined
  /** The gateway holds the very operation, so an approval of it counts where nothing else would. */
  readonly isOperation: boolean
  /** The cluster that it is for. Undefined: this one. */
  readonly cluster: string | undefined
  /** Path of the fields, for messages. */
  readonly field: string
}

const NOBODY: Identity = { username: '', uid: '', groups: [], extra: {} }

/** What a request asks for. `narrowed`: what approvers left of it. */
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

/** Single operations that one request may ask for: each is looked at. */
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

/** Why the policies would not let a grant count for an operation. */
function policyProblem(classified: Classified, sure: readonly Decision[], { governing, isOperation }: Looking): string | undefined {
  const enforced = sure.filter(({ shadow }) => !shadow)
  const worst = strictest(enforced)
  if (worst === undefined) return undefined
  const said = formatOperation(classified)
  if (worst.effect === 'Deny') return `${formatPolicy(worst)} denies ${said}; no grant can allow it`
  if (worst.effect === 'RequireApproval' && !isOperation)
    return `${formatPolicy(worst)} wants an approval of each ${said} by itself, so a grant does not count: do it through the gateway, which holds it until an approver has decided`
  const own = enforced.find(({ policy }) => policy === governing.chosen.metadata.name)
  return own === undefined || own.effect === worst.effect
    ? undefined
    : `${formatPolicy(worst)} wants a grant for ${said}, and one under policy "${own.policy}" does not count: name policy "${worst.policy}"`
}

/** Undefined: a grant could be of use. */
async function operationProblem(classified: Classified, looking: Looking): Promise<string | undefined> {
  const { identity, governing, deps, ceiling, maxUses, isOperation } = looking
  if (classified.info.name !== '' && classified.verb === 'create' && classified.info.subresource === '')
    return `a create names no object in its path, so ${formatOperation(classified)} never comes: leave resourceNames out, or ask for update or patch`
  const sure = sureDecisions({ classified, identity, policies: governing.all, evaluate: deps.evaluate, ...where(looking) })
  const problem = policyProblem(classified, sure, looking)
  if (problem !== undefined) return problem
  // Where the policies allow it by themselves no use is taken, so a grant of counted uses adds nothing to what RBAC lets the agent do.
  const isFree = sure.length === governing.all.length && sure.every(({ effect, shadow }) => effect === 'Allow' || shadow)
  const adds = !isFree || maxUses === undefined || isOperation
  return (await ceiling(classified, adds)) ? undefined : beyondCeiling(classified, governing.chosen, adds)
}

const where = ({ cluster, deps }: Looking): { readonly cluster?: string } => {
  const name = cluster ?? deps.cluster
  return name === undefined ? {} : { cluster: name }
}

/** Why no place of a rule has objects of this resource. */
function scopeProblem({ discovered }: Looking, asked: AskedResource, rule: AccessRule): string | undefined {
  const namespaced = discovered === undefined ? undefined : isNamespaced(discovered, asked)
  if (namespaced === undefined || (asked.apiGroup === '' && asked.resource.split('/')[0] === 'namespaces')) return undefined
  if (!namespaced) return rule.namespaces === undefined ? undefined : `${asked.resource} live in no namespace: leave namespaces out`
  const acrossNamespaces = asked.verb === 'list' || asked.verb === 'watch'
  return rule.namespaces === undefined && !acrossNamespaces ? `${asked.resource} live in namespaces: name those that it is for` : undefined
}

async function inTurns<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(look))))
  return results
}

/** Of each place that a rule names: why nothing can be done there. Undefined: something can. Of the groups of a rule one suffices. */
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

/** A rule asks for a product of verbs, resources and places. It is refused when none of them can be of use; else the rest of it is. */
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

/** A reveal shows keys in the answer to a GET that is let through: it lets nothing through itself. */
async function revealProblem({ namespace, secret }: Reveal, looking: Looking): Promise<string | undefined> {
  const { identity, governing, deps, ceiling, rules, maxUses } = looking
  const classified = operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace, name: secret })
  const sure = sureDecisions({ classified, identity, policies: governing.all, evaluate: deps.evaluate, ...where(looking) }).filter(
    ({ shadow }) => !shadow,
  )
  const worst = strictest(sure)
  if (worst?.effect === 'Deny') return `${formatPolicy(worst)} denies ${formatOperation(classified)}; no grant can show anything of it`
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

/** Nobody says what the cluster serves: what policies and RBAC say still counts. */
async function discoveredBy({ discovery }: UnusableDependencies): Promise<Discovered | undefined> {
  try {
    return await discovery?.()
  } catch {
    return undefined
  }
}

/**
 * Why rules and reveals that are asked for could never be used: denied by a policy, beyond what RBAC lets a grant give, or about nothing that a request
 * can be about. Where it depends on what a request will hold, such as its object, nothing is said.
 * Not checked: RBAC of another cluster, admission, and whether the objects exist.
 * @throws StatusError what a review failed with
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
