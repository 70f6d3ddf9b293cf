import type { NotificationChannel } from '../../domain/api/notifications/notification-channel.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { ReadSecret } from './channel-secrets.ts'
import { DeliveryError, type Channel } from './channels/channel.ts'
import { createEmailChannel } from './channels/email/email.ts'
import { createEventsChannel } from './channels/events/kubernetes-events.ts'
import type { Post } from './channels/post.ts'
import { createSlackChannel } from './channels/slack/slack.ts'
import { createWebhookChannel, type WebhookOptions } from './channels/webhook/webhook.ts'

export type OpenChannelOptions = {
  readonly client: KubeClient
  readonly post: Post
  readonly readSecret: ReadSecret
  readonly slackURL: string
  /** Whether receivers may have any address, which is for tests. */
  readonly insecure: boolean
  /** Name of this process, for Events. */
  readonly instance: string
  readonly nowMs: () => number
}

function receiverOf(
  { format = 'CloudEvents', url, urlSecret, headers = [], secretRef }: NonNullable<NotificationChannel['spec']['webhook']>,
  readSecret: ReadSecret,
): Pick<WebhookOptions, 'format' | 'url' | 'headers' | 'key'> {
  const where = async (): Promise<string> => {
    if (urlSecret !== undefined) return await readSecret(urlSecret)
    if (url === undefined) throw new DeliveryError('Unready', 'the channel has no URL')
    return url
  }
  return { format, url: where, headers, ...(secretRef === undefined ? {} : { key: () => readSecret(secretRef) }) }
}

/** The channel of a spec. Opens no connection. @throws DeliveryError for a spec without a type, which the apiserver refuses */
export function openChannel({ spec }: NotificationChannel, options: OpenChannelOptions): Channel {
  const { client, post, readSecret, slackURL, insecure, instance, nowMs } = options
  const { slack, webhook, email, events } = spec
  if (slack !== undefined) return createSlackChannel({ post, api: slackURL, channel: slack.channel, token: () => readSecret(slack.tokenSecret) })
  if (webhook !== undefined) return createWebhookChannel({ post, nowMs, ...receiverOf(webhook, readSecret) })
  if (email !== undefined) {
    const { secretRef } = email.smtp
    return createEmailChannel({ email, insecure, ...(secretRef === undefined ? {} : { password: () => readSecret(secretRef) }) })
  }
  if (events !== undefined) return createEventsChannel({ client, instance, nowMs })
  throw new DeliveryError('Unready', 'the channel has no type')
}
