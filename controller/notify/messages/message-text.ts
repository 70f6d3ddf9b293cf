import type { NotificationMessage } from './message.ts'
import type { RequestMessage } from './request-message.ts'

/** `untrusted`: the agent's own words, which a channel shows as such. */
export type MessageField = { readonly label: string; readonly text: string; readonly untrusted?: true }

const ENDS: { readonly [phase in RequestMessage['phase']]: string } = {
  Pending: 'waits for a decision',
  Approved: 'was approved',
  Denied: 'was denied',
  Withdrawn: 'was withdrawn',
  Expired: 'expired without a decision',
  Failed: 'failed',
}

function requestTitle({ event, phase, risk, policy, to, breakGlass }: RequestMessage): string {
  const whose = to === 'Requester' ? 'Your access request' : 'An access request'
  if (event === 'BreakGlass' || (event === 'Decided' && breakGlass === true && phase === 'Approved'))
    return `Break-glass access was taken under policy ${policy} (risk ${risk})`
  if (event === 'Expiring') return 'The access ends soon'
  if (event === 'ExpiredUnused') return 'The access ended and was never used'
  return `${whose} under policy ${policy} ${ENDS[event === 'Requested' ? 'Pending' : phase]} (risk ${risk})`
}

/** One line that says what happened. Contains nothing that an agent wrote. */
export function titleOf(message: NotificationMessage): string {
  const { kind, event, name } = message
  if (kind === 'AccessRequest') return requestTitle(message)
  if (kind === 'AccessSuspension') return event === 'Suspended' ? 'Agents were suspended' : 'A suspension of agents was lifted'
  return event === 'PolicyBroken' ? `Policy ${name} cannot work` : `Policy ${name} can work again`
}

const field = (label: string, text: string | undefined, untrusted?: true): readonly MessageField[] =>
  text === undefined || text === '' ? [] : [{ label, text, ...(untrusted === undefined ? {} : { untrusted }) }]

const requestFields = (message: RequestMessage): readonly MessageField[] => [
  ...field('Requester', message.requester),
  ...field('Asks', message.asks),
  ...field('Risk', message.risk),
  ...field('Policy', message.policy),
  ...field('Duration', message.durationSeconds === undefined ? undefined : `${message.durationSeconds} seconds`),
  ...field('Reason (written by the agent, not verified)', message.reason, true),
  ...field('Ticket (written by the agent, not verified)', message.ticket, true),
  ...field('Agent (its own words, not verified)', message.agent, true),
  ...field('Still needs', message.needs),
  ...field('Decided by', message.decidedBy),
  ...field('Decision', message.decision),
  ...field('Withdrawn because (written by the agent, not verified)', message.withdrawal, true),
  ...field('Access ends at', message.grantEndsAt),
]

export function fieldsOf(message: NotificationMessage): readonly MessageField[] {
  switch (message.kind) {
    case 'AccessRequest':
      return requestFields(message)
    case 'AccessSuspension':
      return [
        ...field('Stops', message.stops),
        ...field(message.event === 'Suspended' ? 'Suspended by' : 'Lifted by', message.by),
        ...field('Reason', message.reason),
      ]
    case 'AccessPolicy':
      return [...field('Cause', message.cause), ...field('Why', message.why)]
  }
}

/** How to open the request. */
export const openLine = ({ url, command }: Pick<NotificationMessage, 'url' | 'command'>): string =>
  url === undefined ? `To see it: ${command}` : `To see it: ${url}`
