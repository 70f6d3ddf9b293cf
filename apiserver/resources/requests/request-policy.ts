import type { CauseReason } from '../../../domain/cause-reasons.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { applicablePolicies } from '../../../domain/policy/heard.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { matchesPattern } from '../policies/policy-pattern.ts'
import { asPolicy } from '../typed.ts'
import { identityOf } from './requester.ts'
import { leadFaults } from './scheduled-start.ts'

type PolicyDependencies = { readonly store: Store; readonly cluster?: string }

/** `chosen`: the policy under which a grant would count. `all`: all policies that govern the requester. The limits of all of them apply. */
export type Governing = { readonly chosen: AccessPolicy; readonly all: readonly AccessPolicy[] }

async function heardFor({ store, cluster }: PolicyDependencies, user: Identity, request: AccessRequest): Promise<readonly AccessPolicy[]> {
  const { entries } = await store.list('accesspolicies')
  const policies = entries.map((entry) => asPolicy(fromEntry(entry)))
  return applicablePolicies(policies, withTokenGroups(user), request.spec.cluster ?? cluster)
}

const namesOf = (policies: readonly AccessPolicy[]): string => policies.map(({ metadata }) => metadata.name).join(', ')

/**
 * The policies under which a request is decided. If several policies govern the requester, the request must name the one under which its
 * grant counts.
 * @throws StatusError Forbidden when no policy governs the requester, Invalid when the request must name one or names another one
 */
export async function governingPolicies(deps: PolicyDependencies, user: Identity, request: AccessRequest): Promise<Governing> {
  const all = await heardFor(deps, user, request)
  if (all.length === 0) {
    throw new StatusError(
      'Forbidden',
      `accessrequests.jit.access is forbidden: no AccessPolicy governs "${user.username}"; an admin must name it, or one of its groups, in spec.subjects of one`,
      {
        details: { group: 'jit.access', kind: 'accessrequests', causes: [{ reason: 'Ungoverned', message: user.username, field: 'subject' }] },
      },
    )
  }
  const named = request.spec.policy
  const chosen = named === undefined ? (all.length === 1 ? all[0] : undefined) : all.find(({ metadata }) => metadata.name === named)
  if (chosen !== undefined) return { chosen, all }
  const message =
    named === undefined
      ? `Required value: several policies govern you; name one of: ${namesOf(all)}`
      : `Unsupported value: "${named}" does not govern you; supported values: ${namesOf(all)}`
  throw new StatusError('Invalid', `AccessRequest.jit.access "${request.metadata.name}" is invalid: spec.policy: ${message}`, {
    details: {
      name: request.metadata.name,
      group: 'jit.access',
      kind: 'AccessRequest',
      causes: [{ reason: named === undefined ? 'FieldValueRequired' : 'FieldValueNotSupported', field: 'spec.policy', message }],
    },
  })
}

/**
 * The policies that govern the requester of a stored request now. They may have changed since it was created.
 * @throws StatusError Forbidden when the request's own policy is not among them, since its grant would give nothing
 */
export async function stillGoverning(deps: PolicyDependencies, request: AccessRequest): Promise<Governing> {
  const { requester, policy } = request.spec
  const identity = identityOf(requester ?? { username: '' })
  const all = await heardFor(deps, identity, request)
  const chosen = all.find(({ metadata }) => metadata.name === policy)
  if (chosen !== undefined) return { chosen, all }
  const { name } = request.metadata
  throw new StatusError(
    'Forbidden',
    `accessrequests.jit.access "${name}" is forbidden: AccessPolicy "${policy ?? ''}" no longer governs "${identity.username}", so a grant under it would have no effect; deny the request or create a new one`,
    { details: { name, group: 'jit.access', kind: 'accessrequests' } },
  )
}

const fault = (field: string, message: string, reason: CauseReason = 'FieldValueInvalid'): StatusCause => ({
  reason,
  field: `spec.${field}`,
  message,
})

function limitFaults(policy: AccessPolicy, { spec }: AccessRequest): readonly StatusCause[] {
  const { maxDurationSeconds, maxUses = Infinity } = strictestLimits([policy])
  const causes: StatusCause[] = []
  const above = (value: number | string, most: number): string => `Invalid value: ${value}: policy "${policy.metadata.name}" allows at most ${most}`
  const { durationSeconds: seconds = 0, maxUses: uses = Infinity } = spec
  if (seconds > maxDurationSeconds) causes.push(fault('durationSeconds', above(seconds, maxDurationSeconds)))
  if (uses > maxUses) causes.push(fault('maxUses', above(uses === Infinity ? 'any number' : uses, maxUses)))
  return causes
}

function reasonFaults({ metadata, spec: { requests = {} } }: AccessPolicy, reason: string): readonly StatusCause[] {
  const { required = false, pattern } = requests.reason ?? {}
  const by = `policy "${metadata.name}"`
  if (reason.trim() === '') return required ? [fault('reason', `Required value: ${by} requires a reason`, 'FieldValueRequired')] : []
  if (pattern === undefined || matchesPattern(pattern, reason)) return []
  return [fault('reason', `Invalid value: ${by} requires it to match ${pattern}`)]
}

function ticketFaults({ metadata, spec }: AccessPolicy, ticket: string | undefined): readonly StatusCause[] {
  const pattern = spec.requests?.ticketPattern
  if (pattern === undefined || matchesPattern(pattern, ticket ?? '')) return []
  const message = `policy "${metadata.name}" requires a ticket that matches ${pattern}`
  return [fault('ticket', message, ticket === undefined ? 'FieldValueRequired' : 'FieldValueInvalid')]
}

/** Violations of the policies that govern the requester. Each policy is checked separately. */
export function policyProblems(policies: readonly AccessPolicy[], request: AccessRequest): readonly StatusCause[] {
  const { operation, reason = '', ticket } = request.spec
  return policies.flatMap((policy) => {
    const limits = limitFaults(policy, request)
    // A held operation has no reason or ticket from the agent: the approver sees the operation itself.
    return operation === undefined ? [...limits, ...reasonFaults(policy, reason), ...ticketFaults(policy, ticket)] : limits
  })
}

/** The limits of a request. Fields that the request does not set come from the strictest policy. */
export function limitsOf(
  policies: readonly AccessPolicy[],
  request: AccessRequest,
): { readonly durationSeconds: number; readonly maxUses: number | undefined; readonly pendingSeconds: number } {
  const limits = strictestLimits(policies)
  return {
    durationSeconds: request.spec.durationSeconds ?? limits.defaultDurationSeconds,
    maxUses: request.spec.maxUses ?? limits.maxUses,
    pendingSeconds: limits.pendingTTLSeconds,
  }
}

const SECOND_MS = 1000

/**
 * Why a stored request may not be granted under the current policies. They may be stricter than when the request was created.
 * @param effective the request after the approvers narrowed it
 */
export function grantProblems(policies: readonly AccessPolicy[], effective: AccessRequest, nowMs: number): readonly StatusCause[] {
  const { creationTimestamp } = effective.metadata
  const seconds = strictestLimits(policies).pendingTTLSeconds
  const problems = [...policyProblems(policies, effective), ...leadFaults(policies, effective, nowMs)]
  // Stored times are truncated to seconds.
  if (creationTimestamp === undefined || nowMs < Date.parse(creationTimestamp) + seconds * SECOND_MS + SECOND_MS) return problems
  return [
    ...problems,
    { reason: 'Expired', field: 'status.expiresAt', message: `Invalid value: its policies allow a request to wait at most ${seconds} seconds` },
  ]
}
