import type { AccessRequestSpec, AccessRequestStatus } from '../../domain/api/access-request.ts'
import type { AccessRule } from '../../domain/api/rules.ts'

/** Longer than what a message shows of a text, including what it hides: `messages/shown.ts` looks at four times the length that it shows. */
const MAX_CHARACTERS = 2400
/** A rule that no message shows. It still counts as one. */
const UNNAMED: AccessRule = { verbs: [], resources: [] }

const cut = (text: string): string => text.slice(0, MAX_CHARACTERS)

/** The first entries, together as long as a text. */
function firstOf(list: readonly string[]): readonly string[] {
  let left = MAX_CHARACTERS
  return list.filter((each) => left > 0 && ((left -= each.length + 1), true))
}

function reducedRule(rule: AccessRule): AccessRule {
  return Object.fromEntries(
    Object.entries(rule).map(([field, value]) => [field, Array.isArray(value) ? firstOf(value as string[]) : value]),
  ) as AccessRule
}

const textOf = (rule: AccessRule): string => Object.values(rule).flat().join(',')

/** The first rules, together as long as a text. */
function reducedRules(rules: readonly AccessRule[]): readonly AccessRule[] {
  let left = MAX_CHARACTERS
  return rules.map((rule) => {
    if (left <= 0) return UNNAMED
    const kept = reducedRule(rule)
    left -= textOf(kept).length
    return kept
  })
}

/** What messages need of a spec: as much of each text and list as they can show. A requester may write 64 KiB into each request. */
export function reducedSpec<Spec extends Omit<AccessRequestSpec, 'operation'>>(spec: Spec): Spec {
  const { rules, reason, agent, requester } = spec
  return {
    ...spec,
    ...(rules === undefined ? {} : { rules: reducedRules(rules) }),
    ...(reason === undefined ? {} : { reason: cut(reason) }),
    ...(agent?.task === undefined ? {} : { agent: { ...agent, task: cut(agent.task) } }),
    // A token can have hundreds of groups.
    ...(requester === undefined ? {} : { requester: { username: requester.username } }),
  }
}

/** Of each review who made it and how, and of each message as much as can be shown. */
export function reducedStatus(status: AccessRequestStatus): AccessRequestStatus {
  const { reviews, conditions } = status
  return {
    ...status,
    ...(reviews === undefined
      ? {}
      : { reviews: reviews.map((review) => ({ ...review, message: cut(review.message ?? ''), reviewer: { username: review.reviewer.username } })) }),
    ...(conditions === undefined
      ? {}
      : { conditions: conditions.map((each) => (each.message === undefined ? each : { ...each, message: cut(each.message) })) }),
  }
}
