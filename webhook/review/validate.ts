import type { Clock } from '../../domain/clock.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import { isAgent, withTokenGroups, type Identity } from '../../domain/identity.ts'
import { useClassOf } from '../../domain/grant/use-class.ts'
import type { Permit } from '../../domain/permit.ts'
import type { Claims } from '../grants/claims.ts'
import { gatewayAssertion } from './gateway-assertion.ts'
import { judgeReview, type Judgement } from './judge-review.ts'
import { indexSuspensions } from '../../domain/policy/suspensions.ts'
import { isExemptIdentity } from '../../domain/policy/never-governed.ts'
import { hasUse } from './own-use.ts'
import type { Review } from './admission-review.ts'
import type { View, Views } from '../grants/view.ts'

export type ValidateDependencies = {
  readonly views: Views
  readonly claims: Claims
  readonly evaluate: ConditionEvaluator
  readonly clock: Clock
  /** Name of this cluster. If unset, only policies for all clusters apply. */
  readonly cluster?: string
}

/** Result of a review. Errors are not among these: they are thrown, and refuse the request too. */
export type ValidationOutcome = Judgement & {
  readonly identity: Identity
  /** Age of the policies and grants in milliseconds while jit-apiserver is unavailable. Unset if they are current. */
  readonly outdatedForMs?: number
}

const isYes = ({ kind }: Judgement): boolean => kind === 'allowed' || kind === 'preview'

/** Whether a use must be taken before the request is allowed. Not for effect Allow, or for a dry run. */
function needsUse(permit: Permit, review: Review): boolean {
  const { grant, decision } = permit
  return grant?.counted === true && !review.dryRun && decision.effect !== 'Allow'
}

/** The view without the spent grants. */
const without = (view: View, spent: ReadonlySet<string>): View => ({
  ...view,
  grants: view.grants.filter(({ metadata }) => !spent.has(metadata.name)),
})

/**
 * Takes the use that an allowing judgement needs. If the grant is spent, judges again with the remaining grants; each is tried once.
 * @throws StatusError ServiceUnavailable when it is unknown whether a use was taken
 */
async function take(
  judgement: Judgement,
  review: Review,
  options: { readonly view: View; readonly deps: ValidateDependencies; readonly again: (view: View) => Judgement; readonly auditID: string },
): Promise<Judgement> {
  const spent = new Set<string>()
  let current = judgement
  while (current.kind === 'allowed' && current.permit.grant !== undefined && needsUse(current.permit, review)) {
    const { grant, decision, classified } = current.permit
    const { name } = grant
    const known = options.view.grants.find(({ metadata }) => metadata.name === name)
    if (known !== undefined && hasUse(known, options.auditID)) return current
    const result = await options.deps.claims.take(name, options.auditID, useClassOf(classified)).catch((error: unknown) => {
      // A policy in Shadow mode refuses nothing, so a use that cannot be taken is none.
      if (decision.shadow) return 'spent'
      throw error
    })
    if (result === 'taken') return current
    spent.add(name)
    current = options.again(without(options.view, spent))
  }
  return current
}

/**
 * Validates reviews independently of the gateway. The cached view may allow a request. Before a request is denied or passed as ungoverned,
 * policies and grants are read from the API, so that a lagging watch neither refuses nor admits a request wrongly. A view that is too old is
 * not used. While jit-apiserver is unavailable, the last known view may allow a request; any other result is an error.
 * @throws StatusError when it cannot decide; the caller refuses the request with it
 */
export function createValidator(deps: ValidateDependencies): (review: Review) => Promise<ValidationOutcome> {
  return async (review) => {
    const identity = withTokenGroups(review.identity)
    const assertion = gatewayAssertion(identity)
    const judgeBy = (view: View): Judgement =>
      judgeReview({
        review,
        identity,
        view,
        deps: { evaluate: deps.evaluate, nowMs: deps.clock.nowMs(), ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }) },
      })
    if (isExemptIdentity(review.identity)) return { ...judgeBy({ policies: [], grants: [], suspensions: indexSuspensions([]) }), identity }

    const cached = deps.views.cached()
    let view = cached ?? (await deps.views.fresh({ username: identity.username, grantName: assertion?.grantName }))
    let judgement = judgeBy(view)
    if (cached !== undefined && !isYes(judgement)) {
      view = await deps.views.fresh({ username: identity.username, grantName: assertion?.grantName })
      judgement = judgeBy(view)
    }
    const taken = await take(judgement, review, { view, deps, again: judgeBy, auditID: assertion?.auditID ?? review.uid })
    return { ...taken, identity, ...(view.outdatedForMs === undefined ? {} : { outdatedForMs: view.outdatedForMs }) }
  }
}

/** Whether the request passes because no policy governs its identity. An agent of the gateway that no policy governs does not pass. */
export const passesUngoverned = (outcome: ValidationOutcome): boolean => outcome.kind === 'ungoverned' && !isAgent(outcome.identity)
