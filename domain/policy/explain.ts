import type { AccessPolicy, Effect, PolicyRule, Risk } from '../api/access-policy.ts'
import type { Classified } from '../decision.ts'
import { defaultEffect, floorOf, stricter, STRICTNESS } from './decide.ts'
import { reachOf } from './match/matches.ts'
import type { Reach } from './reach.ts'

/**
 * What one rule does to a request. `decides`: it names the request, so it ends the walk. `perhaps`: it does if its condition holds. `stricter`: it does
 * not name the request and can only make the decision stricter. `later`: a rule before it decides. `no`: it does not apply.
 */
export type RuleRole = 'decides' | 'perhaps' | 'stricter' | 'later' | 'no'

export type ExplainedRule = {
  readonly name: string
  readonly part: RuleRole
  /** The effect on this request: never looser than the power of the request allows. */
  readonly effect: Effect
  readonly risk: Risk
  readonly condition: string | undefined
  /** The fields of `match` without which the rule would apply. Empty when several fields together exclude the request. */
  readonly misses: readonly string[]
}

export type Explanation = {
  readonly rules: readonly ExplainedRule[]
  /** The effect on a request that no rule names, and whether that can be this one. */
  readonly byDefault: { readonly effect: Effect; readonly part: 'decides' | 'perhaps' | 'no' }
  /** The effects that are possible, depending on conditions. Equal when no condition matters. A condition that fails is Deny, as an error. */
  readonly loosest: Effect
  readonly strictest: Effect
}

const strictestOf = (effects: readonly Effect[]): Effect => effects.reduce<Effect>(stricter, 'Allow')
const looser = (left: Effect, right: Effect): Effect => (STRICTNESS[right] < STRICTNESS[left] ? right : left)

/** Which single field excludes the request. */
function missesOf(rule: PolicyRule, classified: Classified): readonly string[] {
  const match = rule.match ?? {}
  return Object.keys(match).filter((field) => {
    const without = Object.fromEntries(Object.entries(match).filter(([name]) => name !== field))
    return field !== 'condition' && reachOf({ ...rule, match: without }, classified) !== 'none'
  })
}

function partOf(reach: Reach, { effect, match }: PolicyRule, isOver: boolean): RuleRole {
  if (reach === 'none') return 'no'
  if (isOver) return 'later'
  const isConditional = match?.condition !== undefined
  if (reach === 'exact' || effect === 'Deny') return isConditional ? 'perhaps' : 'decides'
  return isConditional ? 'perhaps' : 'stricter'
}

type Step = ExplainedRule & { readonly reach: Reach }

/** Each rule in order. After the rule that decides, the others are `later`. */
function stepsOf(rules: readonly PolicyRule[], classified: Classified): readonly Step[] {
  const steps: Step[] = []
  for (const rule of rules) {
    const reach = reachOf(rule, classified)
    const part = partOf(
      reach,
      rule,
      steps.some((step) => step.part === 'decides'),
    )
    steps.push({
      name: rule.name,
      part,
      effect: stricter(rule.effect, floorOf(classified)),
      risk: rule.risk ?? classified.risk,
      condition: rule.match?.condition,
      misses: part === 'no' ? missesOf(rule, classified) : [],
      reach,
    })
  }
  return steps
}

const effectsOf = (steps: readonly Step[], ...parts: readonly RuleRole[]): readonly Effect[] =>
  steps.filter(({ part }) => parts.includes(part)).map(({ effect }) => effect)

/** The decisions of the rules that name the request and whose condition may hold, each with what surely applies before it. */
const conditionalEnds = (steps: readonly Step[]): readonly Effect[] =>
  steps.flatMap(({ part, reach, effect }, index) =>
    part === 'perhaps' && reach === 'exact' ? [strictestOf([...effectsOf(steps.slice(0, index), 'stricter'), effect])] : [],
  )

function defaultPart(steps: readonly Step[]): Explanation['byDefault']['part'] {
  if (effectsOf(steps, 'decides').length > 0) return 'no'
  return effectsOf(steps, 'perhaps').length > 0 ? 'perhaps' : 'decides'
}

/**
 * What a policy says about a request, rule by rule, without evaluating conditions: they need the objects of a real request. The decision of decide.ts
 * lies between `loosest` and `strictest`, unless a condition fails.
 */
export function explainPolicy({ spec }: AccessPolicy, classified: Classified): Explanation {
  const steps = stepsOf(spec.rules ?? [], classified)
  const last = { effect: defaultEffect(classified), part: defaultPart(steps) }
  const certain = strictestOf([...effectsOf(steps, 'decides', 'stricter'), ...(last.part === 'no' ? [] : [last.effect])])
  return {
    rules: steps.map(({ reach: _reach, ...rule }) => rule),
    byDefault: last,
    loosest: conditionalEnds(steps).reduce(looser, certain),
    strictest: strictestOf([certain, ...effectsOf(steps, 'perhaps')]),
  }
}
