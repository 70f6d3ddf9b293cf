import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Gain } from '../../domain/gain.ts'
import { ungoverned } from '../../domain/grant/refusal.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import { decide } from '../../domain/policy/decide.ts'
import { heardPolicies } from '../../domain/policy/heard.ts'
import { readObject } from '../ask/read-object.ts'
import type { Asked } from '../steps.ts'

export type DecideDoors = { readonly evaluate: ConditionEvaluator; readonly cluster?: string }
export type Decided = {
  readonly decision: Decision
  readonly policies: readonly AccessPolicy[]
  /** What the write gives to a workload. Absent: nothing, or its object was not looked at. */
  readonly gains?: readonly Gain[]
}

const WHOLE_OBJECT: ReadonlySet<string> = new Set(['create', 'update'])

/**
 * The object that conditions see: a JSON body that is the whole object. Of a patch, and of protobuf, only upstream knows the
 * object; a condition that needs it then fails, which refuses, and the webhook is where it can be decided.
 */
function objectOf({ classified, body, headers }: Asked, policies: readonly AccessPolicy[]): unknown {
  const needed = policies.some(({ spec }) => (spec.rules ?? []).some(({ match }) => match?.condition !== undefined))
  if (!needed || body.length === 0 || !WHOLE_OBJECT.has(classified.info.verb)) return undefined
  if (mediaType(headers.get('content-type')) !== 'application/json') return undefined
  return readObject(body)
}

/** What the policies say. @throws StatusError Forbidden when none governs the caller, BadRequest for an object that could be read in two ways */
export function decideAbout(asked: Asked, all: readonly AccessPolicy[], { evaluate, cluster }: DecideDoors): Decided {
  const { identity } = asked.caller
  const policies = heardPolicies(all, identity, cluster)
  const object = objectOf(asked, policies)
  const decision = decide({
    classified: asked.classified,
    identity,
    policies,
    evaluate,
    dryRun: asked.dryRun,
    ...(cluster === undefined ? {} : { cluster }),
    ...(object === undefined ? {} : { object }),
  })
  if (decision === undefined) throw ungoverned(identity, asked.classified)
  const { gains } = asked.classified
  return { decision, policies, ...(gains === undefined ? {} : { gains }) }
}
