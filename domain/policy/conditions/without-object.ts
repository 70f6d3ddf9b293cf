import type { AccessPolicy } from '../../api/access-policy.ts'
import type { ConditionEvaluator } from '../../condition-evaluator.ts'
import type { Classified, Decision } from '../../decision.ts'
import type { Identity } from '../../identity.ts'
import { conditionReads } from './condition-variables.ts'
import { decide } from '../decide.ts'

type Input = {
  readonly classified: Classified
  readonly identity: Identity
  /** The policies that count. */
  readonly policies: readonly AccessPolicy[]
  readonly evaluate: ConditionEvaluator
  readonly cluster?: string
}

/** What is not known before the request is there. */
const LATER = ['object', 'oldObject', 'request.path', 'request.version', 'request.dryRun'] as const

class NotKnownYetError extends Error {}

/**
 * What each policy is sure to say of a request of which only verb, resource and place are known. A policy whose answer hangs on a condition
 * about the rest is left out: nobody knows before the request comes.
 */
export function sureDecisions({ classified, identity, policies, evaluate, cluster }: Input): readonly Decision[] {
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
