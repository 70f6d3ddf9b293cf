import { sameUser } from '../../../domain/identity.ts'
import { expiryMsOf, expiryOf, type AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { extendedExpiryMs, extensionFault, outgrownLimits } from '../../../domain/grant/extension.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import { invalid, type StatusCause } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { fromEntry } from '../../machinery/object.ts'
import { jsonEqual } from '../../machinery/write/json-equal.ts'
import type { Store } from '../../storage/port.ts'
import { asGrant } from '../typed.ts'

const FIELD = 'spec.extends'
/** Fields that an extension has from its grant. */
const COPIED = ['policy', 'rules', 'reveal', 'maxUses', 'cluster'] as const
/** Fields that an extension cannot have. */
const NEVER = ['notBefore', 'operation'] as const

/** A request, and the grant that it extends. Absent: its approval creates a grant. */
type Completed = { readonly draft: AccessRequest; readonly extended?: AccessGrant }

const forbidden = (field: string, message: string): StatusCause => ({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` })

function fieldFaults({ spec }: AccessRequest, grant: AccessGrant): readonly StatusCause[] {
  const differing = COPIED.filter((field) => spec[field] !== undefined && !jsonEqual(spec[field], grant.spec[field]))
  const refused = [...NEVER.filter((field) => spec[field] !== undefined), ...(spec.breakGlass === true ? (['breakGlass'] as const) : [])]
  return [
    ...differing.map((field): StatusCause => {
      const message = 'Invalid value: an extension does not change what the grant gives; leave the field out, or request other access'
      return { reason: 'FieldValueInvalid', field: `spec.${field}`, message }
    }),
    ...refused.map((field) => forbidden(`spec.${field}`, 'not for an extension; leave out the field, or spec.extends')),
  ]
}

/** The grant of this name, if it belongs to the user. A grant of somebody else seems not to exist. */
async function ownGrant(name: string, { user }: RequestContext, store: Store): Promise<AccessGrant | undefined> {
  const entry = await store.get('accessgrants', name)
  const grant = entry === undefined ? undefined : asGrant(fromEntry(entry))
  return grant !== undefined && sameUser(user, grant.spec.subject) ? grant : undefined
}

function copiedFrom({ spec }: AccessGrant): Partial<AccessRequest['spec']> {
  return Object.fromEntries(COPIED.flatMap((field) => (spec[field] === undefined ? [] : [[field, spec[field]]])))
}

/**
 * A new request with what it has from the grant that it extends. Approvers see the same rules as at the first request, and the same policies decide.
 * @throws StatusError Invalid when the grant is not one that the user can extend now
 */
export async function completed(given: AccessRequest, context: RequestContext, store: Store): Promise<Completed> {
  const { extends: name } = given.spec
  if (name === undefined) return { draft: given }
  const grant = await ownGrant(name, context, store)
  if (grant === undefined) {
    const message = `Invalid value: "${name}": you have no such grant; list yours: kubectl get accessgrants`
    throw invalid('AccessRequest', given.metadata.name, [{ reason: 'FieldValueInvalid', field: FIELD, message }])
  }
  const fault = extensionFault(grant, context.nowMs)
  const faults = fault === undefined ? fieldFaults(given, grant) : [{ ...fault, field: FIELD, message: `Forbidden: "${name}": ${fault.message}` }]
  if (faults.length > 0) throw invalid('AccessRequest', given.metadata.name, faults)
  return { draft: { ...given, spec: { ...given.spec, ...copiedFrom(grant) } }, extended: grant }
}

/** The status of a new request that an extension adds. Undecided, it expires with its grant, since nobody could approve it afterwards. */
export function extensionStatus(
  grant: AccessGrant | undefined,
  pendingUntilMs: number,
): Pick<AccessRequestStatus, 'extension'> & { readonly untilMs: number } {
  if (grant === undefined) return { untilMs: pendingUntilMs }
  return { extension: { grantUID: grant.metadata.uid ?? '' }, untilMs: Math.min(pendingUntilMs, expiryMsOf(grant)) }
}

/** Why the policies do not allow an extension of this grant by this duration. */
export function extensionProblems(
  grant: AccessGrant | undefined,
  {
    policies,
    durationSeconds = 0,
    nowMs,
  }: { readonly policies: readonly AccessPolicy[]; readonly durationSeconds?: number | undefined; readonly nowMs: number },
): readonly StatusCause[] {
  if (grant === undefined) return []
  const limits = strictestLimits(policies)
  const outgrown = outgrownLimits(grant, limits).map((field) => `spec.requests.${field}`)
  if (outgrown.length > 0)
    return [
      forbidden(FIELD, `its policies now give less than the grant has (${outgrown.join(', ')}): request the access again, without spec.extends`),
    ]
  if (extendedExpiryMs(grant, { nowMs, durationSeconds }, limits) !== undefined) return []
  const most = limits.maxTotalSeconds === undefined ? '' : `; its policies allow ${limits.maxTotalSeconds} seconds from its start`
  const message = `Invalid value: ${durationSeconds}: counted from the approval, the grant would not end later than now (${expiryOf(grant)})${most}`
  return [{ reason: 'FieldValueInvalid', field: 'spec.durationSeconds', message }]
}
