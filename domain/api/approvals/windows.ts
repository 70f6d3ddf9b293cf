import type { Of } from '../schema.ts'

export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
/** Maximum number of windows of one policy. */
const MAX_WINDOWS = 32

const time = (description: string) => ({ type: 'string', description, pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', maxLength: 5 }) as const
const instant = (description: string) => ({ type: 'string', format: 'date-time', description }) as const

const approvalWindowSchema = {
  type: 'object',
  description:
    'A time that repeats each week by the local clock (days, from, to), or one stretch of time (start, end). Around a change to or from daylight saving time, what the local clock shows counts.',
  required: ['name', 'timeZone'],
  properties: {
    name: {
      type: 'string',
      description: 'Name of the window, for refusals. Required.',
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      minLength: 1,
      maxLength: 63,
    },
    effect: {
      type: 'string',
      enum: ['Open', 'Freeze'],
      description:
        'Open: requests are accepted and approved only inside of this window, or of another one that is Open. Freeze: none are while it holds, whatever else is open. Optional. Defaults to Open.',
    },
    timeZone: {
      type: 'string',
      description: 'Time zone of days, from and to, and of the times in refusals: a name of the IANA time zone database, as Europe/Berlin. Required.',
      pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
      maxLength: 64,
    },
    days: {
      type: 'array',
      description:
        'Days of the week on which the window starts. A window across midnight belongs to the day on which it starts. Optional. Defaults to every day.',
      items: { type: 'string', enum: DAYS, description: 'A day.' },
      minItems: 1,
      maxItems: 7,
    },
    from: time('Local time at which the window starts, as "08:00". Optional. Defaults to the start of the day.'),
    to: time(
      'Local time at which the window ends, as "18:00"; this minute is outside. A time before from is one of the next day. It cannot be the same as from. Optional. Defaults to the end of the day.',
    ),
    start: instant(
      'Time at which a Freeze starts, instead of days, from and to. Needs end. Optional. Defaults to none: the window repeats each week.',
    ),
    end: instant('Time at which a Freeze ends. Needs start. Optional. Defaults to none: the window repeats each week.'),
    reason: {
      type: 'string',
      description: 'Why, for people; refusals quote it. Optional. Defaults to none.',
      maxLength: 256,
    },
  },
} as const

export const approvalWindowsSchema = {
  type: 'array',
  description:
    'When requests can be created and approved. With several policies, each must be open. Grants stay live, denials stay possible, and break-glass is exempt. A scheduled start (spec.notBefore) cannot lie in a Freeze. A window that the server cannot read, as one with an unknown time zone, closes the policy. Optional. Defaults to any time.',
  items: approvalWindowSchema,
  maxItems: MAX_WINDOWS,
} as const

const { effect } = approvalWindowSchema.properties

/** `spec.approvals.autoApprove[].windows` of a policy. */
export const ruleWindowsSchema = {
  type: 'array',
  description:
    'When the rule approves, besides spec.approvals.windows. Outside of them, its condition is not evaluated and the next rule is asked. A window that the server cannot read leaves the request to its approvers. Optional. Defaults to any time at which the policy is open.',
  items: {
    ...approvalWindowSchema,
    properties: {
      ...approvalWindowSchema.properties,
      effect: {
        ...effect,
        description:
          'Open: the rule approves only inside of this window, or of another one of the rule that is Open. Freeze: it approves nothing while it holds, whatever else is open. Optional. Defaults to Open.',
      },
    },
  },
  maxItems: MAX_WINDOWS,
} as const

export type ApprovalWindow = Of<typeof approvalWindowSchema>
