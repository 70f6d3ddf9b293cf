import { createInformer, type Watched } from '../../kube/informer.ts'
import { reasonOf } from '../../server/log.ts'
import type { WorkOptions } from '../work.ts'
import { createCurrentPolicies } from './current-policies.ts'
import { syncMatchConditions, type SyncTarget } from './sync-match-conditions.ts'

/**
 * Watches the policies and the configuration objects derived from them, and updates the objects when either changes, while this process leads.
 * Call `nudge` when it begins to lead.
 */
export function keepConfigurations(options: WorkOptions): { start(): void; nudge(): void; stop(): void } {
  const { client, clock, log, config, policies, leads, metrics } = options
  const targets: readonly SyncTarget[] = [
    { kind: 'ValidatingWebhookConfiguration', name: config.configuration },
    ...(config.governed === undefined ? [] : [{ kind: 'ConfigMap', ...config.governed } as const]),
  ]
  let reported = ''
  const keeper = syncMatchConditions({
    client,
    targets,
    policies: createCurrentPolicies(policies, leads),
    ...(config.cluster === undefined ? {} : { cluster: config.cluster }),
    report: ({ kind, name }, error) => {
      if (!leads()) return // another process leads now, and reports
      metrics.synced({ kind, inStep: error === undefined })
      if (error !== undefined) log.error('configuration.not-in-step', { resource: `${kind} ${name}`, error: reasonOf(error) })
    },
    exempt: (subjects) => {
      metrics.exempt(subjects.length)
      const names = [...new Set(subjects.map(({ policy }) => policy))].sort()
      if (names.join() === reported) return
      reported = names.join()
      for (const policy of names)
        log.warn('policy.subjects-left-out', { policy, reason: 'it names identities of the cluster itself; the webhook never refuses those' })
    },
  })
  const configuration = createInformer<Watched>({
    client,
    clock,
    path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    query: { fieldSelector: `metadata.name=${config.configuration}` },
    onError: (error) => log.warn('watch.trouble', { resource: 'validatingwebhookconfigurations', error: reasonOf(error) }),
  })
  policies.subscribe(() => keeper.nudge())
  configuration.subscribe(() => keeper.nudge())
  return {
    start: () => {
      configuration.start()
      // Without policies the informer reports no change, but the objects must still be reset to match only the gateway's agents.
      void policies.whenSynced().then(() => keeper.nudge())
    },
    nudge: () => keeper.nudge(),
    stop: () => {
      keeper.stop()
      configuration.stop()
    },
  }
}
