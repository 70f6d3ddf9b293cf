import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest, Narrowed } from '../../../domain/api/access-request.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { newMetadata } from '../../machinery/metadata.ts'

/** The fields that have a value. */
function present<T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** The fields that identify the operation. The plan stays in the request, since only approvers may be allowed to read it. */
function boundOperation(operation: Operation | undefined): Operation | undefined {
  if (operation === undefined) return undefined
  const { method, path, digest, summary, planHash } = operation
  return { method, path, digest, ...present({ summary, planHash }) }
}

/** When the grant starts: at the requested time, or now if that has passed, so that a late approval gives the whole duration. */
function startOf({ notBefore }: AccessRequest['spec'], nowMs: number): { readonly startMs: number; readonly notBefore: string } {
  const wishMs = notBefore === undefined ? nowMs : Date.parse(notBefore)
  // Not truncated to seconds, as stored times are: the grant must not start before the requested time.
  return wishMs > nowMs ? { startMs: wishMs, notBefore: new Date(wishMs).toISOString() } : { startMs: nowMs, notBefore: timestamp(nowMs) }
}

/**
 * The grant for an approved request that extends none, narrowed as the approvers decided.
 * @param by the policies that govern the requester now, whose limits on idle grants and on classes of uses apply
 */
export function grantFor(
  request: AccessRequest,
  narrowed: Narrowed | undefined,
  { nowMs, policies }: { readonly nowMs: number; readonly policies: readonly AccessPolicy[] },
): AccessGrant {
  const { spec, metadata } = request
  const { cluster, requester: subject, policy } = spec
  const operation = boundOperation(spec.operation)
  const { rules, reveal, maxUses, durationSeconds } = { ...spec, ...narrowed }
  if (subject === undefined || policy === undefined || metadata.uid === undefined || durationSeconds === undefined)
    throw new Error('a stored request has no requester, policy, duration or uid')
  if (spec.extends !== undefined) throw new Error('a request that extends a grant creates none')
  const { startMs, notBefore } = startOf(spec, nowMs)
  const limits = strictestLimits(policies)
  // The approval of one exact operation already says which use it is for.
  const maxUsesByClass = operation === undefined ? limits.maxUsesByClass : undefined
  return {
    apiVersion: API_VERSION,
    kind: 'AccessGrant',
    metadata: {
      ...newMetadata({ name: metadata.name }, nowMs),
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'AccessRequest', name: metadata.name, uid: metadata.uid, controller: true }],
    },
    spec: {
      requestName: metadata.name,
      policy,
      subject,
      ...present({ rules, reveal, operation, cluster, maxUses, idleSeconds: limits.idleSeconds, maxUsesByClass }),
      notBefore,
      // With milliseconds, so that a grant of one second lasts one second.
      expiresAt: new Date(startMs + durationSeconds * 1000).toISOString(),
    },
  }
}
