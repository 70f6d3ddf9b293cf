import { timestamp } from '../../../domain/api/object-meta.ts'
import { BREAK_GLASS, MIN_REASON } from '../../../domain/api/break-glass/break-glass-fields.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { API_VERSION, EXTRA } from '../../../domain/api/names.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { requiringPasskey } from '../../../domain/approval/passkey.ts'
import { breakGlassTotals, refusingBreakGlass, strictestBreakGlass } from '../../../domain/policy/break-glass.ts'
import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { newMetadata } from '../../machinery/metadata.ts'
import { toValue } from '../../machinery/object.ts'
import type { Store, Write } from '../../storage/port.ts'
import { remember } from '../auto-approve/decision-history.ts'
import { grantFor } from '../decisions/grant-for.ts'
import { grantedAtCreation, grantWrite } from '../decisions/granted-at-creation.ts'
import { riskNow } from '../requests/consent.ts'
import { governingPolicies, type Governing } from '../requests/request-policy.ts'
import { summaryOf } from '../access-summary.ts'
import { asObject } from '../typed.ts'
import { breakGlassUsed } from './record-events.ts'
import { countBreakGlass, REVIEWS } from './break-glass-usage.ts'

const MAX_STEM = 200

/** Whether a request asks for access without an approver. */
export const asksBreakGlass = ({ spec }: AccessRequest): boolean => spec.breakGlass === true

/** Not taken by an earlier request of the same name, whose review stays. */
export const reviewNameOf = ({ metadata: { name, uid = '' } }: AccessRequest): string =>
  `${name.slice(0, MAX_STEM).replace(/[-.]+$/, '')}-${uid.slice(0, 8)}`

/** @throws StatusError Forbidden unless every governing policy lets the requester use break-glass */
function checkAllowed(user: Identity, { all }: Governing): void {
  const refusing = refusingBreakGlass(all, withTokenGroups(user))
  if (refusing.length === 0 && all.length > 0) return
  const names = refusing.map(({ metadata }) => metadata.name)
  throw new StatusError(
    'Forbidden',
    `accessrequests.jit.access is forbidden: "${user.username}" may not use break-glass under policy ${names.map((name) => `"${name}"`).join(', ')} (spec.approvals.breakGlass); request the access without break-glass, and wait for an approver`,
    {
      details: {
        group: 'jit.access',
        kind: 'accessrequests',
        causes: names.map((name) => ({ reason: 'BreakGlassNotAllowed', message: name, field: 'spec.breakGlass' })),
      },
    },
  )
}

/** Break-glass needs no approver, so it would be the way around the passkey of one: with a stolen token of the requester alone. @throws StatusError Forbidden */
function checkPasskey(request: AccessRequest, { all }: Governing): void {
  const risk = riskNow(request, all)
  const requiring = requiringPasskey(all, risk).map(({ metadata }) => metadata.name)
  if (requiring.length === 0) return
  const by = requiring.map((name) => `"${name}"`).join(', ')
  throw new StatusError(
    'Forbidden',
    `accessrequests.jit.access is forbidden: its risk is ${risk}, for which policy ${by} requires approvals with a passkey (spec.approvals.passkey), so break-glass does not grant it; request the access without break-glass, and wait for an approver`,
    {
      details: {
        group: 'jit.access',
        kind: 'accessrequests',
        causes: requiring.map((name) => ({ reason: 'BreakGlassNotAllowed', message: name, field: 'spec.breakGlass' })),
      },
    },
  )
}

/** A reveal cannot be taken back, and an operation that is held needs the approval of exactly that operation. */
function faultsOf({ spec: { reason = '', reveal = [], operation, notBefore } }: AccessRequest): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (reason.trim().length < MIN_REASON)
    causes.push({
      reason: reason.trim() === '' ? 'FieldValueRequired' : 'FieldValueInvalid',
      field: 'spec.reason',
      message: `${reason.trim() === '' ? 'Required' : 'Invalid'} value: break-glass needs a reason of at least ${MIN_REASON} characters, for the review`,
    })
  if (reveal.length > 0)
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'spec.reveal',
      message: 'Forbidden: break-glass does not reveal Secrets; ask for them in a request without break-glass',
    })
  if (notBefore !== undefined)
    causes.push({ reason: 'FieldValueForbidden', field: 'spec.notBefore', message: 'Forbidden: break-glass grants access at once' })
  if (operation !== undefined)
    causes.push({ reason: 'FieldValueForbidden', field: 'spec.breakGlass', message: 'Forbidden: a held operation needs an approver' })
  return causes
}

const least = (...values: readonly (number | undefined)[]): number | undefined => {
  const given = values.filter((value) => value !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/**
 * A new request with its limits reduced to those of break-glass, and approved. The caller checks the rules of the policies as for any request.
 * @throws StatusError Forbidden, Invalid
 */
export function grantedByBreakGlass(request: AccessRequest, governing: Governing, { user, nowMs, warnings }: RequestContext): AccessRequest {
  checkAllowed(user, governing)
  checkPasskey(request, governing)
  const faults = faultsOf(request)
  if (faults.length > 0) throw invalid('AccessRequest', request.metadata.name, faults)
  const limits = strictestBreakGlass(governing.all)
  const { durationSeconds: asked = limits.maxDurationSeconds } = request.spec
  const durationSeconds = Math.min(asked, limits.maxDurationSeconds)
  const maxUses = least(request.spec.maxUses, limits.maxUses)
  const review = reviewNameOf(request)
  const due = timestamp(nowMs + limits.reviewWithinSeconds * 1000)
  warnings?.push(`BREAK-GLASS: access for ${durationSeconds}s without an approver. It is recorded, and a human reviews it by ${due}.`)
  warnings?.push(`until breakglassreview "${review.slice(0, 100)}" is decided, you get no other break-glass access`)
  const by = { rule: 'breakGlass', policy: governing.chosen.metadata.name }
  const message = `granted without an approver; breakglassreview "${review}" is due by ${due}`
  const capped = { ...request, spec: { ...request.spec, durationSeconds, ...(maxUses === undefined ? {} : { maxUses }) } }
  return grantedAtCreation(capped, { by, reason: BREAK_GLASS, message }, nowMs)
}

type Made = { readonly request: AccessRequest; readonly grant: AccessGrant; readonly governing: Governing; readonly dueMs: number }

function reviewFor({ request, grant, governing, dueMs }: Made, nowMs: number): BreakGlassReview {
  const { spec, metadata } = request
  const reviewers = governing.all.flatMap(({ metadata: { name }, spec: { approvals } }) => {
    const subjects = approvals?.breakGlass?.reviewers
    return subjects === undefined ? [] : [{ policy: name, subjects }]
  })
  const session = spec.requester?.extra?.[EXTRA.session]?.[0]
  return {
    apiVersion: API_VERSION,
    kind: 'BreakGlassReview',
    // Without owner references: the review stays when its request and grant are deleted.
    metadata: newMetadata({ name: reviewNameOf(request) }, nowMs),
    spec: {
      requestName: metadata.name,
      grantName: grant.metadata.name,
      ...(grant.metadata.uid === undefined ? {} : { grantUID: grant.metadata.uid }),
      policy: grant.spec.policy,
      policies: governing.all.map(({ metadata: { name } }) => name),
      ...(reviewers.length === 0 ? {} : { reviewers }),
      subject: grant.spec.subject,
      reason: spec.reason ?? '',
      ...(grant.spec.rules === undefined ? {} : { rules: grant.spec.rules }),
      summary: summaryOf(grant.spec),
      ...(session === undefined ? {} : { session }),
      expiresAt: grant.spec.expiresAt,
      dueAt: timestamp(dueMs),
    },
  }
}

/**
 * What is committed together with a break-glass request: the grant, its review, the use, and the event for the records. The policies are read
 * again, since they may have changed.
 * @throws StatusError Forbidden when a policy does not allow it or an earlier use is not reviewed, TooManyRequests
 */
export async function breakGlassWrites(
  deps: { readonly store: Store; readonly cluster?: string },
  request: AccessRequest,
  context: RequestContext,
): Promise<readonly Write[]> {
  const { user, nowMs } = context
  const governing = await governingPolicies(deps, user, request)
  checkAllowed(user, governing)
  checkPasskey(request, governing)
  const { perDay, reviewWithinSeconds } = strictestBreakGlass(governing.all)
  const made = grantFor(request, undefined, { nowMs, policies: governing.all })
  const grant: AccessGrant = { ...made, spec: { ...made.spec, breakGlass: true } }
  const review = reviewFor({ request, grant, governing, dueMs: nowMs + reviewWithinSeconds * 1000 }, nowMs)
  const { name } = review.metadata
  return [
    ...(await countBreakGlass(deps.store, { user, review: name, perDay, totals: breakGlassTotals(governing.all), nowMs })),
    grantWrite(grant),
    { resource: REVIEWS, name, expected: 0, value: toValue(asObject(review)) },
    remember(request, 'approved', { nowMs }),
    breakGlassUsed({ request, grant, review }, context),
  ]
}
