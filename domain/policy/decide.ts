import type { AccessPolicy, Effect, PolicyRule } from '../access-policy.ts'
import type { ConditionEvaluator, ConditionInput } from '../condition-evaluator.ts'
import type { Classified, Decision, Power } from '../decision.ts'
import type { Identity } from '../identity.ts'
import { heardPolicies } from './heard.ts'
import { reachOf } from './matches.ts'

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
}

const stricter = (left: Effect, right: Effect): Effect => (STRICTNESS[right] > STRICTNESS[left] ? right : left)

function conditionInput({ classified: { info, verb }, identity, dryRun = false, object, oldObject }: DecideInput): ConditionInput {
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

/** What a rule says when its condition holds; undefined when it does not. */
function saidBy(rule: PolicyRule, policy: AccessPolicy, input: Deciding): Decision | undefined {
  const risk = rule.risk ?? input.classified.risk
  const shared = { policy: policy.metadata.name, shadow: policy.spec.mode === 'Shadow', rule: rule.name, risk }
  if (rule.match?.condition !== undefined) {
    try {
      if (!input.evaluate(rule.match.condition, input.seen)) return undefined
    } catch {
      return { ...shared, effect: 'Deny', error: `condition of rule "${rule.name}" could not be evaluated` }
    }
  }
  return { ...shared, effect: stricter(rule.effect, floorOf(input.classified)) }
}

/**
 * The first rule that names the request decides. Rules before it that hold for the request without naming it can only make that stricter.
 * An error of a condition decides at once.
 */
function decisionOf(policy: AccessPolicy, input: Deciding): Decision {
  const { classified } = input
  const said: Decision[] = []
  for (const rule of policy.spec.rules ?? []) {
    const reach = reachOf(rule, classified)
    const decision = reach === 'none' ? undefined : saidBy(rule, policy, input)
    if (decision !== undefined) said.push(decision)
    if (decision !== undefined && (reach === 'exact' || decision.effect === 'Deny')) return strictest(said) ?? decision
  }
  const otherwise: Decision = {
    policy: policy.metadata.name,
    shadow: policy.spec.mode === 'Shadow',
    effect: byDefault(classified),
    rule: 'default',
    risk: classified.risk,
  }
  return strictest([...said, otherwise]) ?? otherwise
}

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
