import type { WebhookFormat } from '../../../../domain/api/notifications/notification-channel.ts'
import type { Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { eventOfDigest, eventOfMessage } from './cloud-event.ts'
import { mattermostDigest, mattermostMessage } from './mattermost.ts'
import { teamsDigest, teamsMessage } from './teams.ts'

export type BodyFormat = {
  readonly contentType: string
  readonly ofMessage: (message: NotificationMessage) => object
  readonly ofDigest: (digest: Digest) => object
}

export const FORMATS: { readonly [format in WebhookFormat]: BodyFormat } = {
  CloudEvents: { contentType: 'application/cloudevents+json', ofMessage: eventOfMessage, ofDigest: eventOfDigest },
  Mattermost: { contentType: 'application/json', ofMessage: mattermostMessage, ofDigest: mattermostDigest },
  Teams: { contentType: 'application/json', ofMessage: teamsMessage, ofDigest: teamsDigest },
}
