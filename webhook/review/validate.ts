import type { Clock } from '../../domain/clock.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import { isAgent, withTokenGroups, type Identity } from '../../domain/identity.ts'
import type { Permit } from '../../domain/permit.ts'
import type { Claims } from '../grants/claims.ts'
import { gatewayAssertion } from './gateway-assertion.ts'
import { judgeReview, type Judgement } from './judge-review.ts'
import { neverGoverned } from '../../domain/policy/never-governed.ts'
import { hasUse } from './own-use.ts'
import type { Review } from './review.ts'
import type { View, Views } from '../grants/view.ts'

export type Dependencies = {
  readonly views: Views
  readonly claims: Claims
  readonly evaluate: ConditionEvaluator
  readonly clock: Clock
  /** Name of this cluster. Left out: only policies for all clusters hold. */
  readonly cluster?: string
}

/** What the webhook makes of a review. An error is none of these: it is thrown, and refuses too. */
export type Outcome = Judgement & {
  readonly identity: Identity
  /** How old what it rests on is, while the API is away. */ readonly outdatedForMs?: number
}

const isYes = ({ kind }: Judgement): boolean => kind === 'allowed' || kind === 'preview'

/** Whether the request may go on only with a use taken: not what a policy allows by itself or only watches, and never a dry run. */
function needsUse(permit: Permit, review: Review): boolean {
  const { grant, decision } = permit
  return grant?.counted === true && !review.dryRun && !decision.shadow && decision.effect !== 'Allow'
}

/** A view without grants that turned out to be spent. */
const without = (view: View, spent: ReadonlySet<string>): View => ({
  ...view,
  grants: view.grants.filter(({ metadata }) => !spent.has(metadata.name)),
})

/**
 * Takes the use that a yes rests on. Where the grant turns out spent, the others are asked; each is tried once.
 * @throws StatusError ServiceUnavailable when it is not known whether a use was taken
 */
async function take(
  judgement: Judgement,
  review: Review,
  options: { readonly view: View; readonly deps: Dependencies; readonly again: (view: View) => Judgement; readonly auditID: string },
): Promise<Judgement> {
  const spent = new Set<string>()
  let current = judgement
  while (current.kind === 'allowed' && current.permit.grant !== undefined && needsUse(current.permit, review)) {
    const { name } = current.permit.grant
    const known = options.view.grants.find(({ metadata }) => metadata.name === name)
    if (known !== undefined && hasUse(known, options.auditID)) return current
    if ((await options.deps.claims.take(name, options.auditID)) === 'taken') return current
    spent.add(name)
    current = options.again(without(options.view, spent))
  }
  return current
}

/**
 * The second lock. A yes may come from memory; before a no, and before "nobody governs this one", the API is asked afresh, so
 * that a watch that lags refuses nobody and lets nobody through. A view that is too old decides nothing; while the API is away, what was last
 * known is good for a yes, and a no is an error.
 * @throws StatusError when it cannot decide: the answer is then an error, and no
 */
export function createValidator(deps: Dependencies): (review: Review) => Promise<Outcome> {
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
    if (neverGoverned(review.identity)) return { ...judgeBy({ policies: [], grants: [] }), identity }

    const remembered = deps.views.remembered()
    let view = remembered ?? (await deps.views.afresh({ username: identity.username, grantName: assertion?.grantName }))
    let judgement = judgeBy(view)
    if (remembered !== undefined && !isYes(judgement)) {
      view = await deps.views.afresh({ username: identity.username, grantName: assertion?.grantName })
      judgement = judgeBy(view)
    }
    const taken = await take(judgement, review, { view, deps, again: judgeBy, auditID: assertion?.auditID ?? review.uid })
    return { ...taken, identity, ...(view.outdatedForMs === undefined ? {} : { outdatedForMs: view.outdatedForMs }) }
  }
}

/** Whether nobody governs an identity and it may therefore pass. An agent of the gateway that no policy governs may not. */
export const passesUngoverned = (outcome: Outcome): boolean => outcome.kind === 'ungoverned' && !isAgent(outcome.identity)
