import { timestamp } from '../../../domain/api/object-meta.ts'
import { expiryOf, type AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest, Narrowed } from '../../../domain/api/access-request.ts'
import { extendedExpiryMs, extensionFault, type ExtensionFault } from '../../../domain/grant/extension.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import { invalid, StatusError } from '../../../domain/status-error.ts'
import { fromEntry, toValue } from '../../machinery/object.ts'
import type { Store, Write } from '../../storage/port.ts'
import { asGrant, asObject } from '../typed.ts'
import { extensionProblems } from './completed.ts'

/** A grant with one more extension. `version`: of the grant that was read. `before`: when that one expired. */
export type Extended = { readonly grant: AccessGrant; readonly version: number; readonly before: string; readonly expiresAt: string }

type Approval = { readonly policies: readonly AccessPolicy[]; readonly narrowed: Narrowed | undefined; readonly nowMs: number }

function refusal({ metadata: { name }, spec }: AccessRequest, { reason, message }: ExtensionFault): StatusError {
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on accessrequests.jit.access "${name}": accessgrant "${spec.extends ?? ''}" cannot be extended: ${message}`,
    { details: { name, group: 'jit.access', kind: 'accessrequests', causes: [{ reason, message, field: 'spec.extends' }] } },
  )
}

/** The grant has its rules and uses already, so an approver can only shorten the time. @throws StatusError Invalid */
function checkNarrowed({ metadata: { name } }: AccessRequest, narrowed: Narrowed | undefined): void {
  const refused = (['rules', 'reveal', 'maxUses'] as const).filter((field) => narrowed?.[field] !== undefined)
  if (refused.length === 0) return
  const message = 'Forbidden: an extension changes only the end of the grant: approve less time, or deny it'
  throw invalid(
    'AccessRequest',
    name,
    refused.map((field) => ({ reason: 'FieldValueForbidden', field: `status.narrowed.${field}`, message })),
  )
}

const GONE: ExtensionFault = { reason: 'GrantGone', message: 'it was deleted: the requester must request the access again, without spec.extends' }

/** The grant that a request extends, if it is still the one that its approvers saw: it was its requester's own then. @throws StatusError Conflict */
async function grantOf(request: AccessRequest, store: Store): Promise<{ readonly grant: AccessGrant; readonly version: number }> {
  const { spec, status } = request
  const entry = await store.get('accessgrants', spec.extends ?? '')
  if (entry === undefined) throw refusal(request, GONE)
  const grant = asGrant(fromEntry(entry))
  const { uid } = grant.metadata
  if (uid === undefined || uid !== status?.extension?.grantUID) throw refusal(request, GONE)
  return { grant, version: entry.version }
}

/** When the grant expires after this approval. @throws StatusError Invalid when the policies do not allow it */
function newExpiryMs({ spec, metadata }: AccessRequest, grant: AccessGrant, { policies, narrowed, nowMs }: Approval): number {
  const { durationSeconds = 0 } = { ...spec, ...narrowed }
  const problems = extensionProblems(grant, { policies, durationSeconds, nowMs })
  const endMs = extendedExpiryMs(grant, { nowMs, durationSeconds }, strictestLimits(policies))
  if (problems.length > 0 || endMs === undefined) throw invalid('AccessRequest', metadata.name, problems)
  return endMs
}

/**
 * The grant of a request, extended. It is read here, and written by {@link extensionWrite} only if nothing changed it since: a revocation that comes
 * first wins.
 * @throws StatusError Conflict when the grant has ended, Invalid when the policies do not allow the new end
 */
export async function extend(request: AccessRequest, approval: Approval, store: Store): Promise<Extended> {
  checkNarrowed(request, approval.narrowed)
  const { grant, version } = await grantOf(request, store)
  const fault = extensionFault(grant, approval.nowMs)
  if (fault !== undefined) throw refusal(request, fault)
  const expiresAt = new Date(newExpiryMs(request, grant, approval)).toISOString()
  const extension = { requestName: request.metadata.name, time: timestamp(approval.nowMs), expiresAt }
  const extensions = [...(grant.status?.extensions ?? []), extension]
  return { grant: { ...grant, status: { ...grant.status, extensions } }, version, before: expiryOf(grant), expiresAt }
}

/** Conflicts when the grant was changed since it was read. */
export const extensionWrite = ({ grant, version }: Extended): Write => ({
  resource: 'accessgrants',
  name: grant.metadata.name,
  expected: version,
  value: toValue(asObject(grant)),
})
