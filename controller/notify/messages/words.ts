import type { Message } from './message.ts'

/** `untrusted`: the agent's own words, which a channel shows as such. */
export type Field = { readonly label: string; readonly text: string; readonly untrusted?: true }

const ENDS: { readonly [phase in Message['phase']]: string } = {
  Pending: 'waits for a decision',
  Approved: 'was approved',
  Denied: 'was denied',
  Withdrawn: 'was withdrawn',
  Expired: 'expired without a decision',
  Failed: 'failed',
}

/** One line that says what happened. Contains nothing that an agent wrote. */
export function titleOf({ event, phase, risk, policy, to, breakGlass }: Message): string {
  const whose = to === 'Requester' ? 'Your access request' : 'An access request'
  if (event === 'BreakGlass' || (event === 'Decided' && breakGlass === true && phase === 'Approved'))
    return `Break-glass access was taken under policy ${policy} (risk ${risk})`
  if (event === 'Expiring') return 'The access ends soon'
  if (event === 'ExpiredUnused') return 'The access ended and was never used'
  return `${whose} under policy ${policy} ${ENDS[event === 'Requested' ? 'Pending' : phase]} (risk ${risk})`
}

const field = (label: string, text: string | undefined, untrusted?: true): readonly Field[] =>
  text === undefined || text === '' ? [] : [{ label, text, ...(untrusted === undefined ? {} : { untrusted }) }]

export const fieldsOf = (message: Message): readonly Field[] => [
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
  ...field('Access ends at', message.grantEndsAt),
]

/** How to open the request. */
export const openLine = ({ url, command }: Pick<Message, 'url' | 'command'>): string =>
  url === undefined ? `To see it: ${command}` : `To see it: ${url}`
