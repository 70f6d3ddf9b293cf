import { POLICIES_PATH } from '../domain/api/names.ts'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Clock } from '../domain/clock.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { createInformer } from '../kube/informer.ts'
import { createLeaderElection } from '../kube/election/leader-election.ts'
import { reasonOf } from '../server/log.ts'
import { releaseMemoryLater } from '../server/process/give-back-memory.ts'
import { runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { readControllerConfig, type ControllerConfig } from './config.ts'
import { keepConfigurations } from './configuration/keep-configurations.ts'
import { createLeaderClient } from './leader-client.ts'
import { controllerMetrics } from './metrics.ts'
import { keepNotifications } from './notify/notify.ts'
import { keepPolicyStatus } from './policy-status/policy-status.ts'

const monotonic: Clock = { nowMs: () => performance.now() }

async function create({ config, clock, log, registry }: ServerContext<ControllerConfig>): Promise<CreatedServer> {
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env))
  const policies = createInformer<AccessPolicy>({
    client,
    clock,
    path: POLICIES_PATH,
    onError: (error) => log.warn('watch.trouble', { path: POLICIES_PATH, error: reasonOf(error) }),
  })
  const instance = `${hostname()}_${randomUUID()}`
  const election = createLeaderElection({
    client,
    lease: config.lease,
    identity: instance,
    clock,
    monotonic,
    // It rejects when the signal aborts.
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    onChange: (leads) => {
      log.info(leads ? 'leader.started' : 'leader.ended')
      if (!leads) {
        metrics.standingBy()
        notifications.standingBy()
        return
      }
      configurations.nudge()
      releaseMemoryLater() // the first work of a leader leaves as much behind as the start
    },
    onError: (error) => log.warn('lease.trouble', { error: reasonOf(error) }),
  })
  const leads = (): boolean => election.leadsForMs() > 0
  const metrics = controllerMetrics(registry, { leads })
  const shared = { client: createLeaderClient(client, election), clock, log, config, policies, leads, metrics }
  const configurations = keepConfigurations(shared)
  const status = keepPolicyStatus(shared)
  const notifications = keepNotifications({ ...shared, registry, instance })
  policies.start()
  configurations.start()
  status.start()
  notifications.start()

  return {
    checks: [{ name: 'policies', ok: () => policies.synced() }],
    start: () => election.start(),
    close: [
      () => {
        configurations.stop()
        status.stop()
        notifications.stop()
      },
      () => election.stop(),
      () => policies.stop(),
    ],
    clients: [client],
  }
}

/** The controller, which works in the background. Replicas elect a leader by a Lease, and only the leader works. */
runServer({ part: 'controller', program: 'controller/main.ts', readConfig: readControllerConfig, create })
