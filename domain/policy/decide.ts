import type { AccessPolicy, Effect, PolicyRule } from '../api/access-policy.ts'
import { namesIdentity } from '../api/subject.ts'
import { TooExpensiveError, type ConditionEvaluator, type ConditionInput, type ObjectVariable } from '../condition-evaluator.ts'
import type { Classified, Decision, Power } from '../decision.ts'
import type { Identity } from '../identity.ts'
import { conditionReads, readsObject } from './conditions/condition-variables.ts'
import { applicablePolicies, type ApplicablePolicies } from './heard.ts'
import { reachOf } from './match/matches.ts'

/** Ordered from loosest to strictest. The strictest effect of several policies wins. */
export const STRICTNESS: Readonly<Record<Effect, number>> = { Allow: 0, RequireGrant: 1, RequireApproval: 2, Deny: 3 }

/** Effect on requests that no rule matches. */
export const DEFAULT: Readonly<Record<Power, Effect>> = {
  read: 'Allow',
  ask: 'Allow',
  write: 'RequireGrant',
  connect: 'RequireApproval',
  mint: 'Deny',
  escalate: 'Deny',
  unknown: 'Deny',
}

/** The loosest effect that a rule can have for each power; a looser effect is raised to it. */
const FLOOR: Readonly<Record<Power, Effect>> = {
  read: 'Allow',
  ask: 'Allow',
  write: 'Allow',
  connect: 'RequireGrant',
  mint: 'RequireApproval',
  escalate: 'RequireApproval',
  unknown: 'RequireApproval',
}

export type DecideInput = DecisionContext & {
  readonly policies: readonly AccessPolicy[]
  /** Name of this cluster. Optional. Defaults to none: only policies for all clusters apply. */
  readonly cluster?: string
}

/** What a decision depends on besides the policies. */
export type DecisionContext = {
  readonly classified: Classified
  readonly identity: Identity
  readonly evaluate: ConditionEvaluator
  /** Optional. Defaults to false. */
  readonly dryRun?: boolean
  readonly object?: unknown
  readonly oldObject?: unknown
  /** Objects that are not known yet, and why. Optional. Defaults to none: an absent object does not exist. */
  readonly unknown?: { readonly variables: readonly ObjectVariable[]; readonly why: string } | undefined
  /** Which of the possible decisions to return while an object is unknown. Optional. Defaults to `strictest`, the safe one. */
  readonly reading?: 'strictest' | 'loosest'
}

export const stricter = (left: Effect, right: Effect): Effect => (STRICTNESS[right] > STRICTNESS[left] ? right : left)

function conditionInput({ classified: { info, verb }, identity, dryRun = false, object, oldObject, unknown }: DecisionContext): ConditionInput {
  return {
    request: {
      verb,
      group: info.apiGroup,
      version: info.apiVersion,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name,
      path: info.path,
      dryRun,
    },
    user: { username: identity.username, groups: identity.groups },
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
    ...(unknown === undefined ? {} : { unknown: unknown.variables }),
  }
}

export function defaultEffect({ power, verb, gains }: Classified): Effect {
  if (gains !== undefined) return stricter('RequireApproval', DEFAULT[power])
  return power === 'write' && verb === 'deletecollection' ? 'RequireApproval' : DEFAULT[power]
}

/** No policy allows adding power to a workload without a grant: it is equivalent to an exec into the workload. */
export const floorOf = ({ power, gains }: Classified): Effect => (gains === undefined ? FLOOR[power] : stricter('RequireGrant', FLOOR[power]))

/** All conditions of a decision share one input object. The evaluator counts their cost by its identity. */
type DecisionInput = DecisionContext & { readonly seen: ConditionInput }

/** The decision of a policy about a request that none of its rules applies to. */
const defaultDecision = ({ metadata, spec }: AccessPolicy, classified: Classified): Decision => ({
  policy: metadata.name,
  shadow: spec.mode === 'Shadow',
  effect: defaultEffect(classified),
  rule: 'default',
  risk: classified.risk,
})

type RuleDecision = { readonly decision: Decision; readonly sure: boolean }

/** Why a condition could not be evaluated. Admins see the text, so it must not reveal the contents of an object. */
const failureOf = (error: unknown, condition: string): string => {
  if (error instanceof TooExpensiveError) return `is too expensive for this request: ${error.message}. An admin must make it cheaper`
  return readsObject(condition)
    ? 'could not be evaluated over its object; an admin must guard fields that the object may lack with has()'
    : 'could not be evaluated'
}

/** The decision of a rule when its condition holds; undefined when it does not. `sure`: whether it holds regardless of unknown objects. */
function decisionOfRule(rule: PolicyRule, policy: AccessPolicy, input: DecisionInput): RuleDecision | undefined {
  const risk = rule.risk ?? input.classified.risk
  const shared = { policy: policy.metadata.name, shadow: policy.spec.mode === 'Shadow', rule: rule.name, risk }
  const effect = stricter(rule.effect, floorOf(input.classified))
  const condition = rule.match?.condition
  if (condition === undefined) return { decision: { ...shared, effect }, sure: true }
  try {
    return input.evaluate(condition, input.seen) ? { decision: { ...shared, effect }, sure: true } : undefined
  } catch (error) {
    const dependsOnUnknown =
      !(error instanceof TooExpensiveError) && input.unknown?.variables.some((variable) => conditionReads(condition, variable)) === true
    if (dependsOnUnknown) return { decision: { ...shared, effect }, sure: false }
    return { decision: { ...shared, effect: 'Deny', error: `condition of rule "${rule.name}" ${failureOf(error, condition)}` }, sure: true }
  }
}

/** The decision of a policy when some of its conditions have no value yet. */
function combined(
  sure: readonly Decision[],
  conditional: readonly { readonly decision: Decision; readonly alone: Decision }[],
  input: DecisionInput,
): Decision {
  const certain = strictest(sure)
  const [first] = conditional
  if (certain === undefined) throw new Error('a policy always has a decision')
  if (first === undefined || input.unknown === undefined) return certain
  const { why } = input.unknown
  if (input.reading === 'loosest') return loosest([certain, ...conditional.map(({ alone }) => alone)]) ?? certain
  const worst = strictest([certain, ...conditional.map(({ decision }) => decision)]) ?? certain
  const unseen = { rule: first.decision.rule, why }
  // A denial that depends on an unknown object is an error.
  if (worst.effect !== 'Deny' || certain.effect === 'Deny') return { ...worst, unseen }
  return { ...worst, unseen: { rule: worst.rule, why }, error: `the condition of rule "${worst.rule}" needs an object that is not known: ${why}` }
}

/**
 * The first rule that names the request decides. Earlier rules that apply to it without naming it can only make the decision stricter. An error of a
 * condition decides immediately. A rule whose condition depends on an unknown object is taken both to hold and not to hold; the strictest resulting
 * decision counts, or the loosest when requested.
 */
function decisionOf(policy: AccessPolicy, input: DecisionInput): Decision {
  const { classified } = input
  const sure: Decision[] = []
  const conditional: { readonly decision: Decision; readonly alone: Decision }[] = []
  for (const rule of policy.spec.rules ?? []) {
    const reach = reachOf(rule, classified)
    const result = reach === 'none' ? undefined : decisionOfRule(rule, policy, input)
    if (result === undefined) continue
    const { decision } = result
    if (!result.sure) {
      // A rule that does not name the request can only make the decision stricter, so the loosest decision is the one without it.
      if (reach === 'exact' || input.reading !== 'loosest') conditional.push({ decision, alone: stricterOf(sure, decision) })
      continue
    }
    sure.push(decision)
    if (reach === 'exact' || decision.effect === 'Deny') return combined(sure, conditional, input)
  }
  return combined([...sure, defaultDecision(policy, classified)], conditional, input)
}

const stricterOf = (others: readonly Decision[], last: Decision): Decision => strictest([...others, last]) ?? last

/** The strictest of several decisions; the first of equal ones. @returns undefined when there are none */
export function strictest(decisions: readonly Decision[]): Decision | undefined {
  return decisions.reduce<Decision | undefined>(
    (best, next) => (best === undefined || STRICTNESS[next.effect] > STRICTNESS[best.effect] ? next : best),
    undefined,
  )
}

/** The loosest of several decisions; the first of equal ones. @returns undefined when there are none */
export function loosest(decisions: readonly Decision[]): Decision | undefined {
  return decisions.reduce<Decision | undefined>(
    (best, next) => (best === undefined || STRICTNESS[next.effect] < STRICTNESS[best.effect] ? next : best),
    undefined,
  )
}

/**
 * The decision of the policies of an identity about a request: the strictest effect; of equal effects, that of the first policy by name. Enforcing
 * policies take precedence over Shadow policies; a decision from Shadow policies alone is recorded, not enforced.
 * @returns undefined when no policy governs the identity; the caller must not treat that as permission
 */
export function decide(input: DecideInput): Decision | undefined {
  return decideAmong(applicablePolicies(input.policies, input.identity, input.cluster), input)
}

/** Whether each policy names the identity as a receiver of transferred grants. The agent that transfers one needs its own policies alone. */
const receives = (policies: readonly AccessPolicy[], { username }: Identity): boolean =>
  policies.every(({ spec }) => (spec.requests?.transfer?.to ?? []).some((subject) => namesIdentity(subject, { username })))

/** `decide` for policies that are known to apply to the identity, so that they are found once for several decisions. */
export function decideAmong(applicable: ApplicablePolicies, input: DecisionContext): Decision | undefined {
  const decisionInput = { ...input, seen: conditionInput(input) }
  const decisions = applicable.map((policy) => decisionOf(policy, decisionInput))
  const strict = strictest(decisions)
  if (strict === undefined) return undefined
  const decision = receives(applicable, input.identity) ? { ...strict, receives: true as const } : strict
  if (applicable.length === 1) return decision
  const alike = decisions.filter(({ effect }) => effect === decision.effect).map(({ policy }) => policy)
  return { ...decision, alike, several: true }
}
