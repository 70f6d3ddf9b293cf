import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import type { Classified, Decision } from '../../domain/decision.ts'
import { judge } from '../../domain/grant/judge.ts'
import type { Identity } from '../../domain/identity.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import { decide, loosest, strictest } from '../../domain/policy/decide.ts'
import { suspend } from '../../domain/policy/suspensions.ts'
import { gatewayAssertion } from './gateway-assertion.ts'
import { candidatesOf, type Candidate, type Candidates } from './candidates.ts'
import type { Review } from './admission-review.ts'
import { withoutOwnUse } from './own-use.ts'
import type { View } from '../grants/view.ts'

export type Refused = Exclude<Verdict, { readonly kind: 'allow' }>

/** The result of evaluating a review against the policies and grants of one view. */
export type Judgement =
  | { readonly kind: 'ungoverned'; readonly asked: Classified }
  | { readonly kind: 'allowed'; readonly permit: Permit; /** What an enforcing policy would have answered. */ readonly shadowed?: Refused }
  | { readonly kind: 'preview'; readonly decision: Decision }
  | { readonly kind: 'refused'; readonly verdict: Refused; readonly asked: Classified }

export type JudgeDependencies = { readonly evaluate: ConditionEvaluator; readonly nowMs: number; readonly cluster?: string }

type Context = { readonly review: Review; readonly identity: Identity; readonly view: View; readonly deps: JudgeDependencies }

/** Grants that may apply: all of the user for a request that bypassed the gateway, otherwise only the one that the gateway named. */
function countingGrants({ review, identity, view }: Context): readonly AccessGrant[] {
  const assertion = gatewayAssertion(identity)
  if (assertion === undefined) return view.grants
  return view.grants
    .filter(({ metadata }) => metadata.name === assertion.grantName)
    .map((grant) => withoutOwnUse(grant, assertion.auditID ?? review.uid))
}

const CREATING: Readonly<Record<string, string>> = { PATCH: 'patch', PUT: 'update' }

/**
 * The verb under which this exact operation was approved, if it differs from the verb that admission reports: a PATCH or PUT that
 * creates its object. Only for a grant that is bound to one operation; a general grant for `patch` does not allow create.
 */
function approvedVerb(context: Context): readonly string[] {
  if (context.review.operation !== 'CREATE' || gatewayAssertion(context.identity)?.grantName === undefined) return []
  const method = countingGrants(context)[0]?.spec.operation?.method
  const verb = method === undefined ? undefined : CREATING[method]
  return verb === undefined ? [] : [verb]
}

/**
 * The policies' decision. Where admission does not show which verb was used, the less strict decision applies to a request through the
 * gateway, since the gateway saw the verb and decided on it; the stricter one applies to a request that bypassed it. For CREATE the
 * strictest always applies, since a PATCH that creates its object is both a patch and a create.
 */
function decisionOf(candidates: readonly Candidate[], { review, identity, view, deps }: Context): Decision | undefined {
  const decideFor = (classified: Classified): Decision | undefined =>
    decide({
      classified,
      identity,
      policies: view.policies,
      evaluate: deps.evaluate,
      dryRun: review.dryRun,
      object: review.object,
      oldObject: review.oldObject,
      ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }),
    })
  const perVerb = candidates.map(({ forms }) => strictest(forms.map(decideFor).filter((decision) => decision !== undefined)))
  const known = perVerb.filter((decision) => decision !== undefined)
  return gatewayAssertion(identity) === undefined || review.operation === 'CREATE' ? strictest(known) : loosest(known)
}

type Judged = { readonly verdict: Verdict; readonly asked: Classified }

/** Judges each verb that the client may have used. Returns the first verdict that allows, otherwise the verdict on the first verb. */
function verdictOf(candidates: Candidates, decision: Decision, context: Context): Judged {
  const { identity, view, deps } = context
  const assertion = gatewayAssertion(identity)
  const grants = countingGrants(context)
  const judged = ({ asked }: Candidate): Judged => ({
    asked,
    verdict: judge({
      classified: asked,
      identity,
      decision,
      grants,
      nowMs: deps.nowMs,
      named: (name) => view.ancestors?.(name),
      ...(assertion?.grantName === undefined ? {} : { bond: { grantName: assertion.grantName } }),
      ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }),
    }),
  })
  const first = judged(candidates[0])
  return first.verdict.kind === 'allow'
    ? first
    : (candidates
        .slice(1)
        .map(judged)
        .find(({ verdict }) => verdict.kind === 'allow') ?? first)
}

/** The decision, or the denial of a governed identity that is suspended. */
function unlessSuspended(decision: Decision, { identity, view: { policies, suspensions }, deps: { cluster } }: Context): Decision {
  const suspension = suspensions.find({ identity, policies, ...(cluster === undefined ? {} : { cluster }) })
  return suspension === undefined ? decision : suspend(decision, suspension)
}

/** Judges a review against one view. Does not take a use of the grant: the caller must claim it. */
export function judgeReview(context: Context): Judgement {
  const { review, identity } = context
  const candidates = candidatesOf(review, approvedVerb(context))
  const ordinary = decisionOf(candidates, context)
  if (ordinary === undefined) return { kind: 'ungoverned', asked: candidates[0].asked }
  const decision = unlessSuspended(ordinary, context)
  // A condition that fails here fails in the gateway too, which refuses and reports it in the policy's status.
  const isDenied = decision.effect === 'Deny' && decision.error === undefined
  if (gatewayAssertion(identity)?.preview === true && review.dryRun && !isDenied) return { kind: 'preview', decision }
  const { verdict, asked } = verdictOf(candidates, decision, context)
  if (verdict.kind !== 'allow') return { kind: 'refused', verdict, asked }
  const enforced = decision.shadow ? verdictOf(candidates, { ...decision, shadow: false }, context).verdict : verdict
  return { kind: 'allowed', permit: verdict.permit, ...(enforced.kind === 'allow' ? {} : { shadowed: enforced }) }
}
