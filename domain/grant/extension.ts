import { expiryMsOf, grantPhase, type AccessGrant, type GrantPhase } from '../api/access-grant.ts'
import { MAX_EXTENSIONS } from '../api/extensions/extension.ts'
import { USE_CLASSES } from '../api/rules.ts'
import type { CauseReason } from '../cause-reasons.ts'

/** Why a grant cannot be extended. The message says what to do instead. */
export type ExtensionFault = { readonly reason: CauseReason; readonly message: string }

const ENDED: Readonly<Record<Exclude<GrantPhase, 'Active'>, string>> = {
  Revoked: 'it was revoked: find out why before you request the access again',
  Expired: 'it has ended: request the access again, without spec.extends',
  Exhausted: 'its uses are taken, and an extension adds none: request the access again, without spec.extends',
  NotYetValid: 'it has not started: request the access again, with a longer duration',
}

/**
 * Why a grant cannot be extended now, whatever its policies say. Undefined if it can. A grant that has ended, also by its idle time, stays ended; one
 * that was made without an approver, or for one exact operation, ends when it said.
 */
export function extensionFault(grant: AccessGrant, nowMs: number): ExtensionFault | undefined {
  const { spec, status, metadata } = grant
  if (spec.breakGlass === true)
    return { reason: 'FieldValueForbidden', message: 'it was made by break-glass: request the access without break-glass, and wait for an approver' }
  if (spec.transferredFrom !== undefined)
    return { reason: 'FieldValueForbidden', message: 'it was transferred, and lasts no longer than it did then: request the access yourself' }
  if (spec.operation !== undefined)
    return { reason: 'FieldValueForbidden', message: 'it is for one exact operation: repeat the operation, which asks for a new approval' }
  const phase = grantPhase(grant, nowMs)
  if (phase !== 'Active') return { reason: phase, message: ENDED[phase] }
  if (metadata.deletionTimestamp !== undefined) return { reason: 'Revoked', message: 'it is being deleted: request the access again' }
  if ((status?.extensions ?? []).length < MAX_EXTENSIONS) return undefined
  return { reason: 'FieldValueTooMany', message: `it was extended ${MAX_EXTENSIONS} times, the most that is possible: request the access again` }
}

/** The part of the policies' limits that an extension must stay within. */
export type ExtensionLimits = {
  readonly maxDurationSeconds: number
  readonly maxTotalSeconds: number | undefined
  readonly maxUses: number | undefined
  readonly idleSeconds: number | undefined
  readonly maxUsesByClass: AccessGrant['spec']['maxUsesByClass']
}

const exceeds = (has: number | undefined, most: number | undefined): boolean => (has ?? Infinity) > (most ?? Infinity)

/**
 * The limits under which a new grant would get less than this one has, by the name of their field. An extension does not prolong what the policies
 * no longer give.
 */
export function outgrownLimits({ spec }: AccessGrant, limits: ExtensionLimits): readonly string[] {
  return [
    ...(['maxUses', 'idleSeconds'] as const).filter((field) => exceeds(spec[field], limits[field])),
    ...USE_CLASSES.filter((each) => exceeds(spec.maxUsesByClass?.[each], limits.maxUsesByClass?.[each])).map((each) => `maxUsesByClass.${each}`),
  ]
}

/**
 * When a grant expires if it is extended now: after the duration, but at most `maxDurationSeconds` from now, and `maxTotalSeconds` from its start.
 * Undefined if it would not expire later than it does.
 */
export function extendedExpiryMs(
  grant: AccessGrant,
  { nowMs, durationSeconds }: { readonly nowMs: number; readonly durationSeconds: number },
  { maxDurationSeconds, maxTotalSeconds = Infinity }: ExtensionLimits,
): number | undefined {
  const fromNowMs = nowMs + Math.min(durationSeconds, maxDurationSeconds) * 1000
  const endMs = Math.min(fromNowMs, Date.parse(grant.spec.notBefore) + maxTotalSeconds * 1000)
  // Written so that NaN does not extend.
  return endMs > expiryMsOf(grant) ? endMs : undefined
}
