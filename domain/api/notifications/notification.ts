import type { Of } from '../schema.ts'

/** What a channel can be notified of about a request, in the order in which it happens to one. */
export const REQUEST_EVENTS = ['BreakGlass', 'Requested', 'Decided', 'Expiring', 'ExpiredUnused'] as const
export type RequestEvent = (typeof REQUEST_EVENTS)[number]

/** What a policy can ask for. */
export const NOTIFICATION_EVENTS = [...REQUEST_EVENTS, 'Suspended', 'PolicyBroken'] as const
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number]

/** What a channel is told. Who asks for the beginning is notified of the end as well. */
export const DELIVERY_EVENTS = [...NOTIFICATION_EVENTS, 'Lifted', 'PolicyRepaired'] as const
export type DeliveryEventName = (typeof DELIVERY_EVENTS)[number]

export const notificationSchema = {
  type: 'object',
  description: 'Messages about this policy and the requests under it to one channel.',
  required: ['channel'],
  properties: {
    channel: { type: 'string', description: 'Name of the NotificationChannel. Required.', minLength: 1, maxLength: 253 },
    events: {
      type: 'array',
      description:
        'Requested: a request waits for a decision. Decided: it was approved, denied or withdrawn, or it expired or failed. Expiring: its grant ends soon. ExpiredUnused: its grant ended and was never used. BreakGlass: access was taken without waiting. Suspended: agents of the policy were suspended, or the suspension was lifted. PolicyBroken: the policy has not been able to work for a minute, or can work again. Optional. Defaults to Requested and Decided.',
      items: { type: 'string', enum: NOTIFICATION_EVENTS, description: 'An event.' },
      minItems: 1,
      maxItems: 16,
    },
    minRisk: {
      type: 'string',
      enum: ['Low', 'Medium', 'High', 'Critical'],
      description: 'Lowest risk of the requests to tell about. A request whose risk is unknown counts as Critical. Optional. Defaults to Low.',
    },
    includeAutomatic: {
      type: 'boolean',
      description: 'Whether to also tell about requests that a rule of the policy approved. Optional. Defaults to false.',
    },
    to: {
      type: 'string',
      enum: ['Approvers', 'Requester'],
      description: 'Readers of the channel. It changes the words and the command that a message names. Optional. Defaults to Approvers.',
    },
  },
} as const
export type Notification = Of<typeof notificationSchema>

/** `spec.notifications` of a policy. */
export const notificationsSchema = {
  type: 'array',
  description:
    'Channels that are notified about requests, suspensions and the policy. When several policies govern a requester, the notifications of each are sent, at most once to each channel. Optional. Defaults to none.',
  items: notificationSchema,
  maxItems: 16,
} as const

const deliverySchema = {
  type: 'object',
  description: 'Events of the object that one channel was notified of.',
  required: ['channel', 'events'],
  properties: {
    channel: { type: 'string', description: 'Name of the NotificationChannel.', maxLength: 253 },
    events: {
      type: 'array',
      description: 'Events that the channel was notified of, in order. Of a policy, the last one.',
      items: {
        type: 'object',
        description: 'One event.',
        required: ['event', 'outcome', 'time'],
        properties: {
          event: { type: 'string', enum: DELIVERY_EVENTS, description: 'The event.' },
          outcome: {
            type: 'string',
            enum: ['Sent', 'Summarized', 'GivenUp'],
            description:
              'Sent: in a message of its own. Summarized: in a message about several objects. GivenUp: the channel did not accept it in time.',
          },
          time: { type: 'string', format: 'date-time', description: 'Time of the outcome.' },
        },
      },
      maxItems: 16,
    },
    message: {
      type: 'string',
      description: 'Identifier of the message in the channel, to update it and to reply to it. Optional. Defaults to none.',
      maxLength: 256,
    },
  },
} as const

/** Channels that can be notified about one object. Each of several governing policies can name 16. */
export const MAX_DELIVERIES = 128

/** `status.notifications` of a request, suspension or policy. Only the subresource `notifications` changes it. */
export const deliveriesSchema = {
  type: 'array',
  description: 'Events of the object that each channel was notified of. The controller maintains it. Absent until the first message.',
  items: deliverySchema,
  maxItems: MAX_DELIVERIES,
} as const
export type Delivery = Of<typeof deliverySchema>
export type DeliveryEvent = Delivery['events'][number]

const DEFAULT_EVENTS: readonly NotificationEvent[] = ['Requested', 'Decided']
export const eventsOf = ({ events }: Notification): readonly NotificationEvent[] => events ?? DEFAULT_EVENTS
