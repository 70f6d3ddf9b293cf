import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Clock } from '../domain/clock.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../kube/cluster-config.ts'
import { createInformer } from '../kube/informer.ts'
import { createLeaderElection } from '../kube/leader-election.ts'
import { createAdminServer, listen } from '../server/http/admin.ts'
import { ConfigError } from '../server/config.ts'
import { releaseStartupMemory } from '../server/process/give-back-memory.ts'
import { createLog, reasonOf } from '../server/log.ts'
import { createMetrics } from '../server/metrics.ts'
import { stopOnSignal } from '../server/process/stop.ts'
import { surviveErrors } from '../server/process/survive-errors.ts'
import { readControllerConfig } from './config.ts'
import { keepConfigurations } from './configuration/keep-configurations.ts'
import { createLeaderClient } from './leader-client.ts'
import { controllerMetrics } from './metrics.ts'
import { POLICIES_PATH } from './policies.ts'
import { keepPolicyStatus } from './policy-status/policy-status.ts'

/**
 * The controller, which does what no request waits for: `node controller/main.ts --config FILE`. Replicas elect a leader by a Lease, and only
 * the leader works. Exit code 2 means a usage or configuration error.
 */
const clock: Clock = { nowMs: () => Date.now() }
const monotonic: Clock = { nowMs: () => performance.now() }
const log = createLog({ part: 'controller', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 15_000

async function run(file: string): Promise<void> {
  const config = await readControllerConfig(file)
  const client = createKubeClient(
    config.kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(config.kubeconfig),
  )
  const registry = createMetrics()
  const policies = createInformer<AccessPolicy>({
    client,
    clock,
    path: POLICIES_PATH,
    onError: (error) => log.warn('watch.trouble', { path: POLICIES_PATH, error: reasonOf(error) }),
  })
  const election = createLeaderElection({
    client,
    lease: config.lease,
    identity: `${hostname()}_${randomUUID()}`,
    clock,
    monotonic,
    // It rejects when the signal aborts.
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    onChange: (leads) => {
      log.info(leads ? 'leader.started' : 'leader.ended')
      if (!leads) return metrics.standingBy()
      configurations.nudge()
      releaseStartupMemory() // the first work of a leader leaves as much behind as the start
    },
    onError: (error) => log.warn('lease.trouble', { error: reasonOf(error) }),
  })
  const leads = (): boolean => election.leadsForMs() > 0
  const metrics = controllerMetrics(registry, { leads })
  const shared = { client: createLeaderClient(client, election), clock, log, config, policies, leads, metrics }
  const configurations = keepConfigurations(shared)
  const status = keepPolicyStatus(shared)
  policies.start()
  configurations.start()
  status.start()
  election.start()

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'policies', ok: () => policies.synced() },
      { name: 'serving', ok: () => ready },
    ],
  })
  log.info('started', { count: await listen(admin, config.admin) })
  releaseStartupMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => void (ready = false),
      () => {
        configurations.stop()
        status.stop()
      },
      () => election.stop(),
      () => policies.stop(),
      () => client.close(),
      () => void admin.close(),
    ],
  })
}

surviveErrors(log)
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (values.config === undefined) {
  process.stderr.write('usage: node controller/main.ts --config FILE\n')
  process.exit(2)
}
run(values.config).catch((error: unknown) => {
  log.error('start.failed', { error: reasonOf(error) })
  process.exit(error instanceof ConfigError ? 2 : 1)
})
