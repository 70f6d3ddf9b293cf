import type { AccessPolicy } from '../../api/access-policy.ts'
import type { ConditionEvaluator } from '../../condition-evaluator.ts'
import type { Classified, Decision } from '../../decision.ts'
import type { Identity } from '../../identity.ts'
import { conditionReads } from './condition-variables.ts'
import { decide } from '../decide.ts'

type Input = {
  readonly classified: Classified
  readonly identity: Identity
  /** The policies that apply. */
  readonly policies: readonly AccessPolicy[]
  readonly evaluate: ConditionEvaluator
  readonly cluster?: string
}

/** Variables that are unknown before the request arrives. */
const LATER = ['object', 'oldObject', 'request.path', 'request.version', 'request.dryRun'] as const

class NotKnownYetError extends Error {}

/**
 * The decision of each policy about a request of which only verb, resource, namespace and name are known. Omits policies whose decision depends on a
 * condition about anything else, since it is unknown before the request arrives.
 */
export function decisionsWithoutObject({ classified, identity, policies, evaluate, cluster }: Input): readonly Decision[] {
  const unknown: readonly string[] = classified.info.name === '' ? [...LATER, 'request.name'] : LATER
  const known: ConditionEvaluator = (condition, input) => {
    if (unknown.some((variable) => conditionReads(condition, variable))) throw new NotKnownYetError('known when the request comes')
    return evaluate(condition, input)
  }
  return policies.flatMap((policy) => {
    const decision = decide({ classified, identity, policies: [policy], evaluate: known, ...(cluster === undefined ? {} : { cluster }) })
    return decision === undefined || decision.error !== undefined ? [] : [decision]
  })
}
