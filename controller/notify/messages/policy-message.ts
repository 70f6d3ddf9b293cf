import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import type { Audience, MessageBase } from './base.ts'
import { shown } from './shown.ts'

export type PolicyMessage = MessageBase & {
  readonly kind: 'AccessPolicy'
  readonly event: 'PolicyBroken' | 'PolicyRepaired'
  /** Reason of the condition Ready. */
  readonly cause: string
  /** Why, from the condition that Ready names. */
  readonly why: string
}

export type PolicyHappened = {
  readonly kind: 'AccessPolicy'
  readonly object: AccessPolicy
  readonly event: 'PolicyBroken' | 'PolicyRepaired'
  readonly to: Audience
  readonly atMs: number
}

/** The first line, without its introduction to the others: they are the command that fixes it, which the status shows. */
function whyOf({ status }: AccessPolicy, cause: string): string {
  const at = status?.conditions?.find(({ type, status: is, reason }) => type !== 'Ready' && is === 'False' && reason === cause)
  return (at ?? conditionOf(status?.conditions, 'Ready'))?.message?.split('\n')[0]?.replace(/\. [^.]*:$/, '') ?? ''
}

export function policyMessageOf({ object: policy, event, to, atMs }: PolicyHappened): PolicyMessage {
  const { name, uid = name } = policy.metadata
  const cause = conditionOf(policy.status?.conditions, 'Ready')?.reason ?? ''
  return {
    // A policy can break again.
    id: `${uid}/${event}/${Math.floor(atMs / 1000)}`,
    event,
    to,
    atMs,
    kind: 'AccessPolicy',
    name,
    uid,
    cause: shown(cause, 100),
    why: event === 'PolicyBroken' ? shown(whyOf(policy, cause), 400) : '',
    command: `kubectl describe accesspolicy ${name}`,
  }
}
