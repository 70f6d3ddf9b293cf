import {
  CHANNEL_TYPES,
  notificationChannelSpecSchema,
  notificationChannelStatusSchema,
  typesOf,
  type NotificationChannel,
  type NotificationChannelSpec,
} from '../../domain/api/notifications/notification-channel.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { ageColumn, nameColumn } from './columns.ts'

/** Safe because the machinery has checked the object against the schema. */
const asChannel = (object: KubeObject): NotificationChannel => object as unknown as NotificationChannel

/** Headers that frame, authenticate or sign the request. */
const RESERVED = /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|jit-.*)$/i

const invalidField = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` })

function urlFaults(field: string, text: string | undefined): readonly StatusCause[] {
  if (text === undefined) return []
  const url = URL.parse(text)
  if (url === null) return [invalidField(field, 'not a URL')]
  if (url.username !== '' || url.password !== '')
    return [invalidField(field, 'write no credentials into a URL; everyone who may read channels sees it')]
  return []
}

function typeFaults(spec: NotificationChannelSpec): readonly StatusCause[] {
  const types = typesOf(spec)
  if (types.length === 1) return []
  const [reason, what] = types.length === 0 ? (['FieldValueRequired', 'Required'] as const) : (['FieldValueInvalid', 'Invalid'] as const)
  return [{ reason, field: 'spec', message: `${what} value: set exactly one of ${CHANNEL_TYPES.join(', ')}` }]
}

const headerFaults = ({ headers = [] }: NonNullable<NotificationChannelSpec['webhook']>): readonly StatusCause[] =>
  headers.flatMap(({ name }, index) =>
    RESERVED.test(name) ? [invalidField(`spec.webhook.headers[${index}].name`, 'the controller sets this header')] : [],
  )

const required = (field: string, message: string): StatusCause => ({ reason: 'FieldValueRequired', field, message: `Required value: ${message}` })
const forbidden = (field: string, message: string): StatusCause => ({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` })

type WebhookSpec = NonNullable<NotificationChannelSpec['webhook']>

/** A client that knows the URL of a chat's webhook can post, and every user who may read channels sees `url`. */
function whereFaults({ format = 'CloudEvents', url, urlSecret }: WebhookSpec): readonly StatusCause[] {
  if (url !== undefined && format !== 'CloudEvents')
    return [forbidden('spec.webhook.url', `the URL of a ${format} webhook is a credential; put it into a Secret and set urlSecret`)]
  if (url !== undefined && urlSecret !== undefined) return [forbidden('spec.webhook.urlSecret', 'set either url or urlSecret')]
  return url === undefined && urlSecret === undefined
    ? [required('spec.webhook.urlSecret', 'the Secret with the URL; CloudEvents may use url instead')]
    : []
}

function signatureFaults({ format = 'CloudEvents', secretRef }: WebhookSpec): readonly StatusCause[] {
  if (format !== 'CloudEvents')
    return secretRef === undefined ? [] : [forbidden('spec.webhook.secretRef', `${format} verifies no signature; leave it out`)]
  return secretRef === undefined ? [required('spec.webhook.secretRef', 'the key of the signature')] : []
}

const mailFaults = ({ smtp }: NonNullable<NotificationChannelSpec['email']>): readonly StatusCause[] =>
  smtp.tls === 'None' && smtp.secretRef !== undefined
    ? [invalidField('spec.email.smtp.tls', 'a password is sent only over an encrypted connection; use StartTLS or Implicit')]
    : []

/** What the schema cannot express. */
export const channelFaults = ({ spec }: NotificationChannel): readonly StatusCause[] => [
  ...typeFaults(spec),
  ...urlFaults('spec.webhook.url', spec.webhook?.url),
  ...urlFaults('spec.consoleURL', spec.consoleURL),
  ...(spec.webhook === undefined ? [] : [...whereFaults(spec.webhook), ...signatureFaults(spec.webhook), ...headerFaults(spec.webhook)]),
  ...(spec.email === undefined ? [] : mailFaults(spec.email)),
]

function readiness({ status }: NotificationChannel): string {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready === undefined || ready.status === 'True') return ready?.status ?? 'Unknown'
  return ready.reason === undefined ? ready.status : `${ready.status}: ${ready.reason}`
}

/** A place that messages are sent to. RBAC decides who may write it; own-admission.ts refuses every governed user. */
export function notificationChannels(): Kind {
  return {
    resource: 'notificationchannels',
    singular: 'notificationchannel',
    kind: 'NotificationChannel',
    shortNames: ['nchan'],
    description: 'A place that messages are sent to: a Slack conversation, a webhook, a chat with incoming webhooks, e-mail, or Kubernetes Events.',
    spec: notificationChannelSpecSchema,
    status: notificationChannelStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: {},
    columns: [
      nameColumn,
      {
        name: 'Type',
        type: 'string',
        priority: 0,
        description: 'Type of the channel.',
        value: (object) => typesOf(asChannel(object).spec).join(','),
      },
      {
        name: 'Ready',
        type: 'string',
        priority: 0,
        description: 'Whether messages arrive. If not, the reason.',
        value: (object) => readiness(asChannel(object)),
      },
      {
        name: 'Sent',
        type: 'integer',
        priority: 0,
        description: 'Messages that were accepted.',
        value: (object) => asChannel(object).status?.sent ?? 0,
      },
      {
        name: 'Error',
        type: 'string',
        priority: 1,
        description: 'Why the last failed attempt did so.',
        value: (object) => asChannel(object).status?.lastError ?? '',
      },
      ageColumn,
    ],
    strategy: {
      create: (object) => Promise.resolve(object),
      update: (next) => Promise.resolve(next),
      validate: (object) => channelFaults(asChannel(object)),
      present: (object) => object,
    },
    subresources: [
      {
        name: 'status',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old) => Promise.resolve({ object: { ...old, ...(next.status === undefined ? {} : { status: next.status }) } }),
      },
    ],
  }
}
