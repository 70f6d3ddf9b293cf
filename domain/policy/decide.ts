import type { AccessPolicy, Effect, PolicyRule } from '../api/access-policy.ts'
import { TooExpensiveError, type ConditionEvaluator, type ConditionInput, type ObjectVariable } from '../condition-evaluator.ts'
import type { Classified, Decision, Power } from '../decision.ts'
import type { Identity } from '../identity.ts'
import { conditionReads, readsObject } from './conditions/condition-variables.ts'
import { heardPolicies } from './heard.ts'
import { reachOf } from './match/matches.ts'

/** Ordered from the loosest to the strictest; the strictest of several policies wins. */
const STRICTNESS: Readonly<Record<Effect, number>> = { Allow: 0, RequireGrant: 1, RequireApproval: 2, Deny: 3 }

/** What happens to what no rule names. */
const DEFAULT: Readonly<Record<Power, Effect>> = {
  read: 'Allow',
  ask: 'Allow',
  write: 'RequireGrant',
  connect: 'RequireApproval',
  mint: 'Deny',
  escalate: 'Deny',
  unknown: 'Deny',
}

/** The loosest effect that a rule may give: no policy makes these free. */
const FLOOR: Readonly<Record<Power, Effect>> = {
  read: 'Allow',
  ask: 'Allow',
  write: 'Allow',
  connect: 'RequireGrant',
  mint: 'RequireApproval',
  escalate: 'RequireApproval',
  unknown: 'RequireApproval',
}

export type DecideInput = {
  readonly classified: Classified
  readonly identity: Identity
  readonly policies: readonly AccessPolicy[]
  readonly evaluate: ConditionEvaluator
  /** Name of this cluster. Left out: only policies for all clusters hold. */
  readonly cluster?: string
  /** Optional. Defaults to no. */
  readonly dryRun?: boolean
  readonly object?: unknown
  readonly oldObject?: unknown
  /** Objects that nobody knows yet, and why. Optional. Defaults to none: an object that is left out is none. */
  readonly unknown?: { readonly variables: readonly ObjectVariable[]; readonly why: string } | undefined
  /** Of what it can be while an object is not known, which is meant. Optional. Defaults to `strictest`: the safe one. */
  readonly reading?: 'strictest' | 'loosest'
}

const stricter = (left: Effect, right: Effect): Effect => (STRICTNESS[right] > STRICTNESS[left] ? right : left)

function conditionInput({ classified: { info, verb }, identity, dryRun = false, object, oldObject, unknown }: DecideInput): ConditionInput {
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

function byDefault({ power, verb, gains }: Classified): Effect {
  if (gains !== undefined) return stricter('RequireApproval', DEFAULT[power])
  return power === 'write' && verb === 'deletecollection' ? 'RequireApproval' : DEFAULT[power]
}

/** No policy makes it free to give power to a workload, which is what an exec into it would take. */
const floorOf = ({ power, gains }: Classified): Effect => (gains === undefined ? FLOOR[power] : stricter('RequireGrant', FLOOR[power]))

/** All conditions of a decision see one input: what they may cost is counted by it. */
type Deciding = DecideInput & { readonly seen: ConditionInput }

/** What a policy says of what none of its rules is about. */
const otherwise = ({ metadata, spec }: AccessPolicy, classified: Classified): Decision => ({
  policy: metadata.name,
  shadow: spec.mode === 'Shadow',
  effect: byDefault(classified),
  rule: 'default',
  risk: classified.risk,
})

type Said = { readonly decision: Decision; readonly sure: boolean }

/** Why a condition has no value. An admin sees it; what an object holds is not told. */
const failureOf = (error: unknown, condition: string): string => {
  if (error instanceof TooExpensiveError) return `is too expensive for this request: ${error.message}. An admin has to make it cheaper`
  return readsObject(condition)
    ? 'could not be evaluated over its object; an admin has to ask by has() for a field that it may lack'
    : 'could not be evaluated'
}

/** What a rule says when its condition holds; undefined when it does not. `sure`: whatever the object is that nobody knows yet. */
function saidBy(rule: PolicyRule, policy: AccessPolicy, input: Deciding): Said | undefined {
  const risk = rule.risk ?? input.classified.risk
  const shared = { policy: policy.metadata.name, shadow: policy.spec.mode === 'Shadow', rule: rule.name, risk }
  const effect = stricter(rule.effect, floorOf(input.classified))
  const condition = rule.match?.condition
  if (condition === undefined) return { decision: { ...shared, effect }, sure: true }
  try {
    return input.evaluate(condition, input.seen) ? { decision: { ...shared, effect }, sure: true } : undefined
  } catch (error) {
    const hangs = !(error instanceof TooExpensiveError) && input.unknown?.variables.some((variable) => conditionReads(condition, variable)) === true
    if (hangs) return { decision: { ...shared, effect }, sure: false }
    return { decision: { ...shared, effect: 'Deny', error: `condition of rule "${rule.name}" ${failureOf(error, condition)}` }, sure: true }
  }
}

/** What a policy says when some of its conditions have no value yet. */
function settled(
  sure: readonly Decision[],
  perhaps: readonly { readonly decision: Decision; readonly alone: Decision }[],
  input: Deciding,
): Decision {
  const certain = strictest(sure)
  const [first] = perhaps
  if (certain === undefined) throw new Error('a policy always says something')
  if (first === undefined || input.unknown === undefined) return certain
  const { why } = input.unknown
  if (input.reading === 'loosest') return loosest([certain, ...perhaps.map(({ alone }) => alone)]) ?? certain
  const worst = strictest([certain, ...perhaps.map(({ decision }) => decision)]) ?? certain
  const unseen = { rule: first.decision.rule, why }
  // A denial that may be none is an error.
  if (worst.effect !== 'Deny' || certain.effect === 'Deny') return { ...worst, unseen }
  return { ...worst, unseen: { rule: worst.rule, why }, error: `the condition of rule "${worst.rule}" asks for an object that is not known: ${why}` }
}

/**
 * The first rule that names the request decides. Rules before it that hold for the request without naming it can only make that stricter.
 * An error of a condition decides at once. A rule whose condition hangs on an unknown object is taken to hold and not to hold; of what comes of it
 * the strictest counts, or the loosest where that is asked for.
 */
function decisionOf(policy: AccessPolicy, input: Deciding): Decision {
  const { classified } = input
  const sure: Decision[] = []
  const perhaps: { readonly decision: Decision; readonly alone: Decision }[] = []
  for (const rule of policy.spec.rules ?? []) {
    const reach = reachOf(rule, classified)
    const said = reach === 'none' ? undefined : saidBy(rule, policy, input)
    if (said === undefined) continue
    const { decision } = said
    if (!said.sure) {
      // One that does not name the request can only make it stricter: without it, it is looser.
      if (reach === 'exact' || input.reading !== 'loosest') perhaps.push({ decision, alone: stricterOf(sure, decision) })
      continue
    }
    sure.push(decision)
    if (reach === 'exact' || decision.effect === 'Deny') return settled(sure, perhaps, input)
  }
  return settled([...sure, otherwise(policy, classified)], perhaps, input)
}

const stricterOf = (others: readonly Decision[], last: Decision): Decision => strictest([...others, last]) ?? last

/** The strictest of several decisions, the first of equal ones. @returns undefined when there is none */
export function strictest(decisions: readonly Decision[]): Decision | undefined {
  return decisions.reduce<Decision | undefined>(
    (best, next) => (best === undefined || STRICTNESS[next.effect] > STRICTNESS[best.effect] ? next : best),
    undefined,
  )
}

/** The loosest of several decisions, the first of equal ones. @returns undefined when there is none */
export function loosest(decisions: readonly Decision[]): Decision | undefined {
  return decisions.reduce<Decision | undefined>(
    (best, next) => (best === undefined || STRICTNESS[next.effect] < STRICTNESS[best.effect] ? next : best),
    undefined,
  )
}

/**
 * What the policies of an identity say of a request: the strictest effect, of equal ones that of the policy first by name.
 * Enforcing policies are heard before shadow ones; with shadow policies alone the decision only watches.
 * @returns undefined when no policy governs the identity; whoever asks must not take that for a yes
 */
export function decide(input: DecideInput): Decision | undefined {
  const deciding = { ...input, seen: conditionInput(input) }
  const heard = heardPolicies(input.policies, input.identity, input.cluster)
  const decisions = heard.map((policy) => decisionOf(policy, deciding))
  const decision = strictest(decisions)
  if (decision === undefined || heard.length === 1) return decision
  const alike = decisions.filter(({ effect }) => effect === decision.effect).map(({ policy }) => policy)
  return { ...decision, alike, several: true }
}
