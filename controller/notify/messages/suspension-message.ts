import { formatSuspended, isInForce, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import type { Audience, MessageBase } from './base.ts'
import { shown } from './shown.ts'

export type SuspensionMessage = MessageBase & {
  readonly kind: 'AccessSuspension'
  readonly event: 'Suspended' | 'Lifted'
  /** Whom it stops. */
  readonly stops: string
  /** Who suspended, or who lifted. */
  readonly by: string
  readonly reason: string
}

export type SuspensionHappened = {
  readonly kind: 'AccessSuspension'
  readonly object: AccessSuspension
  readonly event: 'Suspended' | 'Lifted'
  readonly to: Audience
  readonly atMs: number
}

export function suspensionMessageOf({ object: suspension, event, to, atMs }: SuspensionHappened): SuspensionMessage {
  const { metadata, spec, status } = suspension
  const { name, uid = name } = metadata
  const [by, reason] = isInForce(suspension)
    ? [spec.suspendedBy?.username, spec.reason]
    : [status?.liftedBy?.username, conditionOf(status?.conditions, 'Lifted')?.message]
  return {
    id: `${uid}/${event}`,
    event,
    to,
    atMs,
    kind: 'AccessSuspension',
    name,
    uid,
    stops: shown(formatSuspended(spec), 400),
    by: shown(by ?? '', 200),
    reason: shown(reason ?? '', 600),
    command: `kubectl describe accesssuspension ${name}`,
  }
}
