import type { Clock } from '../domain/clock.ts'
import type { Discovery } from '../kube/discovery.ts'
import type { ImpactReader } from '../domain/explain/impact/impact-reader.ts'
import type { ObjectTypes } from '../kube/openapi.ts'
import type { Authorizer } from '../kube/subject-access-review.ts'
import { conditionFields, conditionProblem, createConditionEvaluator } from '../server/conditions/cel.ts'
import type { ServedKind, VirtualKind } from './machinery/http/handler.ts'
import type { Kind } from './machinery/kind.ts'
import { accessGrants } from './resources/access-grant.ts'
import { accessPolicies } from './resources/access-policy.ts'
import { accessRequests } from './resources/access-request.ts'
import type { AutoApproveDependencies } from './resources/auto-approve/approve-at-once.ts'
import { breakGlassReviews } from './resources/break-glass-review.ts'
import { accessSuspensions } from './resources/access-suspension.ts'
import { inboxes } from './resources/virtual/inbox.ts'
import { createKnownRights } from './resources/known-rights.ts'
import { loginStates } from './resources/login-state.ts'
import { notificationChannels } from './resources/notification-channel.ts'
import { approverKeys } from './resources/passkeys/approver-key.ts'
import type { RelyingParty } from './resources/passkeys/relying-party.ts'
import { accessReview, whoAmI } from './resources/access-reviews.ts'
import { accessImpact } from './resources/virtual/access-impact.ts'
import { accessSessions, type SessionsDependencies } from './resources/sessions/serve-sessions.ts'
import type { Store } from './storage/port.ts'

/** Every kind of jit.access/v1. The apiserver and the standby share this list, so that both serve the same discovery. */
export function kindsOf(
  deps: {
    readonly store: Store
    readonly clock: Clock
    readonly authorizer: Authorizer
    readonly discovery?: Discovery
    readonly objectTypes?: ObjectTypes
    /** Reads the cluster for one AccessImpact. Optional. Without it nothing is examined. */
    readonly impactReader?: () => ImpactReader
    readonly sessions?: SessionsDependencies
    /** Where passkeys are made and used. Optional. Defaults to no passkeys. */
    readonly passkeys?: RelyingParty
    readonly autoApproved?: NonNullable<AutoApproveDependencies['autoApproved']>
  },
  cluster?: string,
): { readonly kinds: readonly Kind[]; readonly virtual: readonly (VirtualKind | ServedKind)[] } {
  const rights = createKnownRights(deps.authorizer, deps.clock)
  const here = { ...deps, rights, evaluate: createConditionEvaluator(), ...(cluster === undefined ? {} : { cluster }) }
  const { discovery, objectTypes, passkeys } = deps
  const of = {
    ...(passkeys === undefined ? {} : { passkeys }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(objectTypes === undefined ? {} : { fields: { typesOf: objectTypes, missing: conditionFields } }),
  }
  const requests = accessRequests(here)
  return {
    kinds: [
      accessPolicies(conditionProblem, deps.store, of),
      requests,
      accessGrants(here),
      accessSuspensions(here),
      notificationChannels(),
      breakGlassReviews(here),
      loginStates(here),
      approverKeys(here),
    ],
    virtual: [
      whoAmI(here),
      accessReview({ ...here, requests }),
      accessImpact({ ...here, ...(deps.impactReader === undefined ? {} : { reader: deps.impactReader }) }),
      accessSessions(here, deps.sessions),
      inboxes(here, requests),
    ],
  }
}
