import { timestamp } from '../../../domain/api/object-meta.ts'
import { keyPhase, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { conditionOf, holds, trueSince, type Condition } from '../../../domain/api/conditions.ts'
import { sameUser } from '../../../domain/identity.ts'
import { invalid } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { authorize } from '../../machinery/http/authorize.ts'
import type { ObjectChange, RequestContext } from '../../machinery/kind.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import { stampRequester } from '../requests/requester.ts'
import { asObject } from '../typed.ts'
import { conflicting, forbidden, missing } from './key-refusals.ts'
import { keyEvent } from './record-events.ts'
import { revokedKey } from './revoked.ts'
import { isOwner, KEYS } from './stored-keys.ts'

export type KeyDecision = { readonly next: ApproverKey; readonly old: ApproverKey; readonly context: RequestContext }

const KIND = { kind: 'ApproverKey' } as const

/** The right to confirm keys is the right over all keys of others. */
export const CONFIRM = { verb: 'update', resource: KEYS, subresource: 'confirmation' } as const

/** @throws StatusError Invalid */
function wishIn({ next, old }: KeyDecision, type: 'Confirmed' | 'Revoked'): Condition {
  const given = conditionOf(next.status?.conditions, type)
  if (given?.status === 'True') return given
  throw missing(old.metadata.name, 'status.conditions', `add the condition ${type} with status True`)
}

/** Who confirms repeats the fingerprint, so that they confirm the key that they compared, and no other under its name. @throws StatusError Invalid */
function checkFingerprint({ next, old }: KeyDecision): void {
  const [given, stored] = [next.status?.fingerprint, old.status?.fingerprint]
  const { name } = old.metadata
  if (given === undefined)
    throw missing(name, 'status.fingerprint', 'the fingerprint that you compared with the one that the owner of the key reads out')
  if (given === stored) return
  const message = `Invalid value: it is not the fingerprint of the key, which is ${stored ?? 'unknown'}`
  throw invalid('ApproverKey', name, [{ reason: 'FieldValueInvalid', field: 'status.fingerprint', message }])
}

const NEVER: { readonly [phase: string]: string } = {
  Unregistered: 'its owner has not registered it yet',
  Revoked: 'it was revoked, so it can never count',
}

/** @throws StatusError Forbidden for a key of one's own, Conflict for one that cannot be confirmed */
function checkConfirmable({ old, context }: KeyDecision): void {
  const { name, deletionTimestamp } = old.metadata
  const { user: owner } = old.spec
  if (owner === undefined || sameUser(context.user, owner)) throw forbidden(name, 'nobody may confirm a key of their own; another admin must')
  const why = deletionTimestamp === undefined ? NEVER[keyPhase(old)] : 'it is being deleted'
  if (why !== undefined) throw conflicting(name, why)
}

/**
 * Makes a key count. The caller's right to `update` the subresource has been checked already. Nobody confirms a key of their own, whatever their
 * rights: a thief that acts in the name of a user could make keys for that user.
 */
export function confirm(decision: KeyDecision): ObjectChange {
  const { old, context } = decision
  checkConfirmable(decision)
  const { reason = 'Confirmed', message = '' } = wishIn(decision, 'Confirmed')
  checkFingerprint(decision)
  if (keyPhase(old) === 'Confirmed') return { object: asObject(old) }
  const condition = trueSince(timestamp(context.nowMs), { type: 'Confirmed', reason, message })
  const conditions = [...(old.status?.conditions ?? []), condition]
  const key: ApproverKey = { ...old, status: { ...old.status, conditions, confirmedBy: stampRequester(context.user) } }
  checkPlainText(KIND, asObject(key), { old: asObject(old) })
  return { object: asObject(key), also: [keyEvent(key, { decision: 'Confirmed', message }, context)] }
}

/** A key is ended by its owner, and by who may confirm keys. Asked without a cache. @throws StatusError Forbidden */
export async function checkEnder(old: ApproverKey, { user }: RequestContext, authorizer: Authorizer): Promise<void> {
  if (isOwner(old, user)) return
  await authorize(authorizer, user, { ...CONFIRM, name: old.metadata.name })
}

/** Ends a key for good. Approvals with it that were not granted yet no longer count. {@link checkEnder} has checked the caller. */
export function revokeKey(decision: KeyDecision): ObjectChange {
  const { old, context } = decision
  const { reason = 'Revoked', message = '' } = wishIn(decision, 'Revoked')
  if (holds(old.status?.conditions, 'Revoked')) return { object: asObject(old) }
  const key = revokedKey(old, { reason, message, by: context.user.username }, context.nowMs)
  checkPlainText(KIND, asObject(key), { old: asObject(old) })
  return { object: asObject(key), also: [keyEvent(key, { decision: 'Revoked', message }, context)] }
}
