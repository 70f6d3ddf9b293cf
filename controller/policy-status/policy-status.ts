import { OBSERVATIONS_PATH } from '../../domain/policy/status/gateway-observations.ts'
import { createDiscovery } from '../../kube/discovery.ts'
import { createObjectTypes } from '../../kube/openapi.ts'
import { createAuthorizer } from '../../kube/subject-access-review.ts'
import { conditionFields, conditionProblem, createConditionEvaluator } from '../../server/conditions/cel.ts'
import { reasonOf } from '../../server/log.ts'
import type { WorkOptions } from '../work.ts'
import { followReviews } from './break-glass-reviews.ts'
import { createAskPermissions } from './ask-permissions.ts'
import { followObservations } from './gateway-observations.ts'
import { createImpersonationCheck, knowsConstrainedImpersonation } from './impersonation-check.ts'
import { createPolicyStatusController } from './keep-status.ts'
import { readObservationsFrom } from './read-observations.ts'
import { createPolicyReconciler } from './reconcile-policy.ts'

/** Keeps the status of every policy: whether it can work, and what RBAC lets its agents do. Works while this process leads. */
export function keepPolicyStatus(options: WorkOptions): { start(): void; stop(): void } {
  const { client, clock, log, config, policies, leads, metrics } = options
  const cluster = config.cluster === undefined ? {} : { cluster: config.cluster }
  const authorizer = createAuthorizer(client)
  const { probe, mode } = createImpersonationCheck({
    authorizer,
    impersonator: config.impersonator,
    knowsConstrained: async () => knowsConstrainedImpersonation(await client.json({ method: 'GET', path: '/version' })),
    clock,
  })
  /** Why the observations could not be read the last time; a reason is logged once. */
  let trouble = ''
  const observed =
    config.gateway === undefined
      ? undefined
      : followObservations({
          read: readObservationsFrom(new URL(OBSERVATIONS_PATH, config.gateway.adminURL)),
          policies,
          leads,
          suspect: (policy) => keeper.suspect(policy),
          onRead: (error) => {
            metrics.observed(error === undefined)
            const reason = error === undefined ? '' : reasonOf(error)
            if (reason !== '' && reason !== trouble) log.warn('observations.unreadable', { error: reason })
            trouble = reason
          },
        })
  const reviews = followReviews(options, (policy) => keeper.suspect(policy))
  const look = createPolicyReconciler({
    client,
    clock,
    log,
    probe,
    askPermissions: createAskPermissions({ authorizer, evaluate: createConditionEvaluator(), mode, clock, ...cluster }),
    compiles: conditionProblem,
    reviews: () => reviews.list(),
    isExpensive: (condition) => observed?.isExpensive(condition) ?? false,
    discovery: createDiscovery(client, clock),
    fields: { typesOf: createObjectTypes(client, clock), missing: conditionFields },
    ...cluster,
  })
  const keeper = createPolicyStatusController({ policies, clock, leads, look })
  return {
    start: () => {
      keeper.start()
      reviews.start()
      observed?.start()
    },
    stop: () => {
      observed?.stop()
      reviews.stop()
      keeper.stop()
    },
  }
}
