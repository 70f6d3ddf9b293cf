import type { Registry } from 'prom-client'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { CHANNELS_PATH, GRANTS_PATH, REQUESTS_PATH, SUSPENSIONS_PATH } from '../../domain/api/names.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import type { NotificationChannel } from '../../domain/api/notifications/notification-channel.ts'
import { createInformer } from '../../kube/informer.ts'
import { reasonOf } from '../../server/log.ts'
import type { WorkOptions } from '../work.ts'
import { createSecretReader } from './channel-secrets.ts'
import { createChannelStatus } from './channel-status.ts'
import { createPost } from './channels/post.ts'
import { notifyMetrics } from './metrics.ts'
import { openChannel } from './open-channel.ts'
import { createNotifier } from './queue/notifier.ts'
import { reducedGrant, reducedRequest } from './reduce.ts'

export const DEFAULT_SLACK_URL = 'https://slack.com/api'

/**
 * Notifies the channels of the policies about requests, while this process leads. What was sent is in the status of the requests, so another leader continues
 * where this one stopped. No request waits for it.
 */
export function keepNotifications(options: WorkOptions & { readonly registry: Registry; readonly instance: string }): {
  start(): void
  stop(): void
  standingBy(): void
} {
  const { client, clock, log, config, policies, leads, registry, instance } = options
  const {
    consoleURL,
    slackURL = DEFAULT_SLACK_URL,
    insecureReceivers = false,
    secretsNamespace = config.lease.namespace,
  } = config.notifications ?? {}
  const metrics = notifyMetrics(registry)
  const follow = <T extends { readonly metadata: { readonly name: string } }>(path: string, reduce: (object: T) => T) =>
    createInformer<T>({ client, clock, path, reduce, onError: (error) => log.warn('watch.trouble', { path, error: reasonOf(error) }) })
  const channels = follow<NotificationChannel>(CHANNELS_PATH, (channel) => channel)
  const requests = follow<AccessRequest>(REQUESTS_PATH, reducedRequest)
  const grants = follow<AccessGrant>(GRANTS_PATH, reducedGrant)
  const suspensions = follow<AccessSuspension>(SUSPENSIONS_PATH, (suspension) => suspension)
  const { post, close } = createPost({ insecure: insecureReceivers, nowMs: () => clock.nowMs() })
  const readSecret = createSecretReader(client, secretsNamespace)
  const slackAPI = slackURL.replace(/\/+$/, '')
  const notifier = createNotifier({
    client,
    clock,
    views: { policies, channels, requests, grants, suspensions },
    leads,
    consoleURL: ({ spec }) => spec.consoleURL ?? consoleURL,
    open: (channel) =>
      openChannel(channel, { client, post, readSecret, slackURL: slackAPI, insecure: insecureReceivers, instance, nowMs: () => clock.nowMs() }),
    status: createChannelStatus({ client, clock }),
    metrics,
    log,
  })
  return {
    start: () => {
      for (const informer of [channels, requests, grants, suspensions]) informer.start()
      notifier.start()
    },
    stop: () => {
      notifier.stop()
      for (const informer of [channels, requests, grants, suspensions]) informer.stop()
      void close()
    },
    standingBy: () => metrics.standingBy(),
  }
}
