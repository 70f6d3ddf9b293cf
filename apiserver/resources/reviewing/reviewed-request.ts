import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { requestPhase } from '../../../domain/api/access-request.ts'
import { formatApprovals } from '../../../domain/api/approvals/approvals.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import type { RequestVerdict, ReviewedRequest } from '../../../domain/api/virtual/reviewed-request.ts'
import type { Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Kind } from '../../machinery/kind.ts'
import { createObject } from '../../machinery/write/create-object.ts'
import type { WriteDependencies } from '../../machinery/write/write-request.ts'
import { asRequest } from '../typed.ts'

/** Whether the caller may see the object of this name. */
export type Sees = (resource: 'accessrequests' | 'breakglassreviews', name: string) => Promise<boolean>

/** Of the name in messages. No object gets it. */
const PREFIX = 'review-'

/** The causes of an invalid request say what is wrong. Those of other refusals are for machines, and the message is for people. */
function refused({ reason, message, details }: StatusError): RequestVerdict {
  const faults = (reason === 'Invalid' ? (details?.causes ?? []) : []).map((cause) => ({
    ...(cause.field === undefined ? {} : { field: cause.field }),
    message: cause.message,
  }))
  return { outcome: 'Refused', faults: faults.length === 0 ? [{ message }] : faults }
}

/**
 * Refusals that name another object of the user. The caller says which groups the user has, so the object can be under a policy of which the caller sees
 * nothing.
 */
const NAMING = {
  AlreadyPending: { resource: 'accessrequests', message: 'the user already asks for the same access in another request, which waits for a decision' },
  BreakGlassUnreviewed: { resource: 'breakglassreviews', message: 'the last use of break-glass of the user is not reviewed yet' },
} as const

/** What to say instead of a refusal that names what the caller may not see. Undefined when it names no such thing. */
async function unnamed({ details }: StatusError, sees: Sees): Promise<RequestVerdict | undefined> {
  for (const { reason, message: name } of details?.causes ?? []) {
    const naming = reason === 'AlreadyPending' || reason === 'BreakGlassUnreviewed' ? NAMING[reason] : undefined
    if (naming !== undefined && !(await sees(naming.resource, name))) return { outcome: 'Refused', faults: [{ message: naming.message }] }
  }
  return undefined
}

const missing = (request: AccessRequest): string => request.status?.approvals?.message ?? formatApprovals(request)

type Verdict = { readonly [field in keyof RequestVerdict]?: RequestVerdict[field] | undefined }

/** Leaves out the fields that are undefined. */
const present = (verdict: Verdict): RequestVerdict =>
  Object.fromEntries(Object.entries(verdict).filter(([, value]) => value !== undefined)) as RequestVerdict

/** What its approvers must do. Nothing when it was approved at once. */
function consentIn(request: AccessRequest, isApproved: boolean): Pick<Verdict, 'approvals' | 'passkey' | 'automatic'> {
  const { approvals, autoApproval } = request.status ?? {}
  return { approvals: isApproved ? undefined : missing(request), passkey: approvals?.passkey, automatic: autoApproval?.message }
}

function verdictOf(request: AccessRequest, nowMs: number, warnings: readonly string[]): RequestVerdict {
  const { spec, status } = request
  const isApproved = requestPhase(status, nowMs) === 'Approved'
  const { durationSeconds, maxUses } = { ...spec, ...status?.narrowed }
  return present({
    outcome: isApproved ? 'Approved' : 'Pending',
    policies: [...(status?.policies ?? [])],
    risk: riskIn(status),
    durationSeconds,
    maxUses,
    ...consentIn(request, isApproved),
    warnings: warnings.length === 0 ? undefined : [...warnings],
  })
}

/** Whether the server was too busy to answer, which says nothing about the request: the limits of the user have a cause. */
const isBusy = ({ reason, details }: StatusError): boolean => reason === 'TooManyRequests' && (details?.causes ?? []).length === 0

/**
 * What would become of a request if the user created it now: a dry run in the name of the user. It waits in the turn of the caller, so that nobody holds
 * up the requests of the user by reviews.
 * @throws StatusError that is not an answer about the request
 */
export async function tryRequest(
  spec: ReviewedRequest,
  by: { readonly user: Identity; readonly caller: Identity; readonly requests: Kind; readonly deps: WriteDependencies; readonly sees: Sees },
): Promise<RequestVerdict> {
  const { user, caller, requests, deps, sees } = by
  const { strategy } = requests
  const { inTurn } = strategy
  const kind: Kind =
    inTurn === undefined
      ? requests
      : { ...requests, strategy: { ...strategy, inTurn: (context, work) => inTurn({ ...context, user: caller }, work) } }
  const nowMs = deps.clock.nowMs()
  const warnings: string[] = []
  const context = { user, nowMs, dryRun: true, auditID: '', warnings }
  const options = { dryRun: true, fieldValidation: 'Strict', fieldManager: 'accessreview' } as const
  try {
    const body = { apiVersion: API_VERSION, kind: 'AccessRequest', metadata: { generateName: PREFIX }, spec }
    const { object } = await createObject({ deps, kind, context, options }, body)
    return verdictOf(asRequest(object), nowMs, warnings)
  } catch (error) {
    if (!(error instanceof StatusError) || error.code >= 500 || isBusy(error)) throw error
    return (await unnamed(error, sees)) ?? refused(error)
  }
}
