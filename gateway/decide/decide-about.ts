import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import { ungoverned } from '../../domain/grant/refusal.ts'
import { decideAmong } from '../../domain/policy/decide.ts'
import { applicablePolicies } from '../../domain/policy/heard.ts'
import { suspend } from '../../domain/policy/suspensions.ts'
import type { AccessView } from '../grants/access-view.ts'
import type { ClassifiedRequest, Decided, DecidedRequest } from '../steps.ts'
import { withCreatedName } from './body/created-name.ts'
import { objectsInRequest, type Objects } from './body/known-objects.ts'

export type DecideDependencies = {
  readonly evaluate: ConditionEvaluator
  readonly view: Pick<AccessView, 'suspensions'>
  readonly cluster?: string
}

/** A request and the objects that conditions see. `objects` defaults to what is known without calling kube-apiserver. */
type About = ClassifiedRequest & { readonly objects?: Objects }

/**
 * Decides a request by the policies and suspensions.
 * @throws StatusError Forbidden when no policy governs the caller, BadRequest for an ambiguous object, ServiceUnavailable when the suspensions are out
 * of date
 */
export function decideAbout(asked: About, all: readonly AccessPolicy[], { evaluate, cluster, view }: DecideDependencies): Decided {
  const { identity } = asked.caller
  const { dryRun, objects } = asked
  const policies = applicablePolicies(all, identity, cluster)
  const classified = withCreatedName(asked, policies)
  const known = objects ?? (haveConditions(policies) ? objectsInRequest(asked) : {})
  const input = { classified, identity, evaluate, dryRun, ...known }
  const decision = decideAmong(policies, input)
  if (decision === undefined) throw ungoverned(identity, classified)
  const suspension = view.suspensions().find({ identity, policies: all, ...(cluster === undefined ? {} : { cluster }) })
  if (suspension !== undefined) return { decision: suspend(decision, suspension), policies }
  const loosest = decision.unseen === undefined ? undefined : decideAmong(policies, { ...input, reading: 'loosest' })
  const { gains } = asked.classified
  return { decision, policies, ...(loosest === undefined ? {} : { loosest }), ...(gains === undefined ? {} : { gains }) }
}

const haveConditions = (policies: readonly AccessPolicy[]): boolean =>
  policies.some(({ spec }) => (spec.rules ?? []).some(({ match }) => match?.condition !== undefined))

/**
 * First part of the step `decide`. Decides a request by the current policies, before anything is asked of kube-apiserver.
 * @throws StatusError as decideAbout, ServiceUnavailable when the policies are out of date
 */
export function decideRequest(asked: ClassifiedRequest, deps: DecideDependencies & { readonly view: AccessView }): DecidedRequest {
  return { ...asked, decided: decideAbout(asked, deps.view.policies(), deps) }
}

/** Reading this much JSON takes some milliseconds, and a body may be 24 times as long. */
const LARGE_BODY = 128 * 1024

/**
 * {@link decideRequest}, in a turn of the caller if the body is large: rules with names and conditions need its JSON, whether the caller may send it or
 * not, and nobody else is served meanwhile.
 */
export async function decideInTurn(asked: ClassifiedRequest, deps: DecideDependencies & { readonly view: AccessView }): Promise<DecidedRequest> {
  return asked.body.length > LARGE_BODY ? await asked.slowly(() => decideRequest(asked, deps)) : decideRequest(asked, deps)
}
