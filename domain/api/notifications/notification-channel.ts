import { conditionsSchema } from '../conditions.ts'
import type { Resource } from '../object-meta.ts'
import type { Of } from '../schema.ts'

/** One line without control characters: values that end up in a header or a URL. */
const LINE = '^[ -~]+$'
/** An address without a display name, and without characters that a mail header gives a meaning. */
const MAIL = '^[^\\s<>"(),:;@\\\\]{1,64}@[A-Za-z0-9.-]{1,253}$'
/** A header that does not change how the message is framed or signed. */
const HEADER_NAME = '^[A-Za-z0-9-]+$'

export const WEBHOOK_FORMATS = ['CloudEvents', 'Mattermost', 'Teams'] as const
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

export const DEFAULT_CHANNEL_SECRET = 'jit-access-notifications'

const secretKeySchema = (what: string) =>
  ({
    type: 'object',
    description: `${what} The Secret is in the namespace of the controller, which may read only the Secrets that its Role names.`,
    required: ['key'],
    properties: {
      name: { type: 'string', description: `Name of the Secret. Optional. Defaults to ${DEFAULT_CHANNEL_SECRET}.`, minLength: 1, maxLength: 253 },
      key: { type: 'string', description: 'Key in the Secret. Required.', minLength: 1, maxLength: 253 },
    },
  }) as const

export const notificationChannelSpecSchema = {
  type: 'object',
  description: 'Where messages are sent, in exactly one of slack, webhook, email and events.',
  properties: {
    slack: {
      type: 'object',
      description: 'A conversation in Slack. Optional. Defaults to none.',
      required: ['channel', 'tokenSecret'],
      properties: {
        channel: {
          type: 'string',
          description: 'ID of the conversation, such as C0123456789. Required.',
          pattern: '^[#A-Za-z0-9_-]{1,80}$',
          maxLength: 80,
        },
        tokenSecret: secretKeySchema('Bot token with the scope chat:write. Required.'),
      },
    },
    webhook: {
      type: 'object',
      description: 'A receiver of CloudEvents, or an incoming webhook of a chat. Optional. Defaults to none.',
      properties: {
        format: {
          type: 'string',
          enum: WEBHOOK_FORMATS,
          description:
            'CloudEvents: events in structured JSON, with a signature. Mattermost: posts of an incoming webhook. Teams: Adaptive Cards for a webhook of Microsoft Teams. Optional. Defaults to CloudEvents.',
        },
        url: {
          type: 'string',
          description:
            'URL of the receiver, with https and without credentials. Redirects are not followed. Not for Mattermost and Teams, whose URL is a credential. Optional. Defaults to none: urlSecret is required.',
          pattern: '^https?://[!-~]+$',
          maxLength: 2048,
        },
        urlSecret: secretKeySchema('The URL, where it is a credential. Optional. Defaults to none: url is required.'),
        secretRef: secretKeySchema(
          'Key of the HMAC signature, with at least 16 characters. Required for CloudEvents, refused for other formats, which have no signature.',
        ),
        headers: {
          type: 'array',
          description: 'Headers that are added to each request. They are not secret. Optional. Defaults to none.',
          items: {
            type: 'object',
            description: 'A header.',
            required: ['name', 'value'],
            properties: {
              name: { type: 'string', description: 'Name of the header. Required.', pattern: HEADER_NAME, maxLength: 64 },
              value: { type: 'string', description: 'Value of the header. Required.', pattern: LINE, maxLength: 1024 },
            },
          },
          maxItems: 16,
        },
      },
    },
    email: {
      type: 'object',
      description: 'E-mail by SMTP. Optional. Defaults to none.',
      required: ['to', 'from', 'smtp'],
      properties: {
        to: {
          type: 'array',
          description: 'Addresses of the recipients. Required.',
          items: { type: 'string', description: 'An address.', pattern: MAIL, maxLength: 320 },
          minItems: 1,
          maxItems: 32,
        },
        from: { type: 'string', description: 'Address of the sender. Required.', pattern: MAIL, maxLength: 320 },
        smtp: {
          type: 'object',
          description: 'The SMTP server. Required.',
          required: ['host'],
          properties: {
            host: { type: 'string', description: 'Host name or address. Required.', pattern: '^[A-Za-z0-9.:-]+$', maxLength: 253 },
            port: {
              type: 'integer',
              format: 'int32',
              description: 'Port. Optional. Defaults to 465 with tls Implicit, otherwise to 587.',
              minimum: 1,
              maximum: 65535,
            },
            tls: {
              type: 'string',
              enum: ['StartTLS', 'Implicit', 'None'],
              description:
                'StartTLS: the connection must become encrypted before anything is sent. Implicit: it is encrypted from the start. None: not encrypted, and refused together with secretRef. Optional. Defaults to StartTLS.',
            },
            username: { type: 'string', description: 'User name. Optional. Defaults to the address in from.', pattern: LINE, maxLength: 320 },
            secretRef: secretKeySchema('Password. Optional. Defaults to none: the server is used without authentication.'),
          },
        },
      },
    },
    events: {
      type: 'object',
      description: 'Kubernetes Events about the request, suspension or policy, in the namespace default. Optional. Defaults to none.',
      properties: {},
    },
    consoleURL: {
      type: 'string',
      description:
        'URL of the console that messages link to. Optional. Defaults to the configuration of the controller; without both, messages name a command.',
      pattern: '^https?://[!-~]+$',
      maxLength: 2048,
    },
  },
} as const

const count = (description: string) => ({ type: 'integer', format: 'int64', description, minimum: 0 }) as const

export const notificationChannelStatusSchema = {
  type: 'object',
  description: 'Whether messages arrive. The controller maintains it.',
  properties: {
    conditions: conditionsSchema,
    sent: count('Messages that the channel accepted. Absent until the first.'),
    failed: count('Attempts that failed. Absent until the first.'),
    givenUp: count('Events that were given up, because the channel did not accept them in time. Absent until the first.'),
    lastSent: { type: 'string', format: 'date-time', description: 'Time of the last message that the channel accepted. Absent until the first.' },
    lastError: { type: 'string', description: 'Why the last attempt that failed did so. Absent until the first.', maxLength: 512 },
  },
} as const

export type NotificationChannelSpec = Of<typeof notificationChannelSpecSchema>
export type NotificationChannelStatus = Of<typeof notificationChannelStatusSchema>
export type NotificationChannel = Resource<NotificationChannelSpec, NotificationChannelStatus>
export type SecretKey = NonNullable<NotificationChannelSpec['slack']>['tokenSecret']

export const CHANNEL_TYPES = ['slack', 'webhook', 'email', 'events'] as const
export type ChannelType = (typeof CHANNEL_TYPES)[number]

/** The types that the spec sets. A valid channel has exactly one. */
export const typesOf = (spec: NotificationChannelSpec): readonly ChannelType[] => CHANNEL_TYPES.filter((type) => spec[type] !== undefined)
