import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Clock } from '../domain/clock.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Informer } from '../kube/informer.ts'
import type { Log } from '../server/log.ts'
import type { ControllerConfig } from './config.ts'
import type { ControllerMetrics } from './metrics.ts'

/** What every task of the controller works with. */
export type WorkOptions = {
  /** Writes only while this process leads. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Log
  readonly config: ControllerConfig
  readonly policies: Informer<AccessPolicy>
  readonly leads: () => boolean
  readonly metrics: ControllerMetrics
}
