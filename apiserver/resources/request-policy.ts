import type { CauseReason } from '../../domain/cause-reasons.ts'
import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { AccessRequest } from '../../domain/access-request.ts'
import { withTokenGroups, type Identity } from '../../domain/identity.ts'
import { governs } from '../../domain/policy/governs.ts'
import { StatusError, type StatusCause } from '../../domain/status-error.ts'
import { fromEntry } from '../machinery/object.ts'
import type { Store } from '../storage/port.ts'
import { matchesPattern } from './pattern.ts'
import { asPolicy } from './typed.ts'

const DEFAULTS = { maxDurationSeconds: 3600, defaultDurationSeconds: 600, pendingSeconds: 3600 } as const

/**
 * The policy that a request is decided under. Several policies may govern one requester; then the request must say which one's
 * approvers it is for, unless there is only one.
 * @throws StatusError Forbidden when none governs the requester, Invalid when it must be named
 */
export async function governingPolicy(
  { store, cluster }: { readonly store: Store; readonly cluster?: string },
  user: Identity,
  request: AccessRequest,
): Promise<AccessPolicy> {
  const { entries } = await store.list('accesspolicies')
  const identity = withTokenGroups(user)
  const governing = entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy) => governs(policy, identity, request.spec.cluster ?? cluster))
  const names = governing.map(({ metadata }) => metadata.name)
  if (governing.length === 0) {
    throw new StatusError(
      'Forbidden',
      `accessrequests.jit.access is forbidden: no AccessPolicy governs "${user.username}"; an admin must name it, or one of its groups, in spec.subjects of one`,
      {
        details: { group: 'jit.access', kind: 'accessrequests', causes: [{ reason: 'Ungoverned', message: user.username, field: 'subject' }] },
      },
    )
  }
  const named = request.spec.policy
  const found = named === undefined ? (governing.length === 1 ? governing[0] : undefined) : governing.find(({ metadata }) => metadata.name === named)
  if (found !== undefined) return found
  const message =
    named === undefined
      ? `Required value: several policies govern you; name one of: ${names.join(', ')}`
      : `Unsupported value: "${named}" does not govern you; supported values: ${names.join(', ')}`
  throw new StatusError('Invalid', `AccessRequest.jit.access "${request.metadata.name}" is invalid: spec.policy: ${message}`, {
    details: {
      name: request.metadata.name,
      group: 'jit.access',
      kind: 'AccessRequest',
      causes: [{ reason: named === undefined ? 'FieldValueRequired' : 'FieldValueNotSupported', field: 'spec.policy', message }],
    },
  })
}

const fault = (field: string, message: string, reason: CauseReason = 'FieldValueInvalid'): StatusCause => ({
  reason,
  field: `spec.${field}`,
  message,
})

function limitFaults({ metadata, spec: { requests = {} } }: AccessPolicy, { spec }: AccessRequest): readonly StatusCause[] {
  const { maxDurationSeconds = DEFAULTS.maxDurationSeconds, maxUses = Number.POSITIVE_INFINITY } = requests
  const causes: StatusCause[] = []
  const above = (value: number, most: number): string => `Invalid value: ${value}: policy "${metadata.name}" allows at most ${most}`
  const { durationSeconds: seconds = 0, maxUses: uses = 0 } = spec
  if (seconds > maxDurationSeconds) causes.push(fault('durationSeconds', above(seconds, maxDurationSeconds)))
  if (uses > maxUses) causes.push(fault('maxUses', above(uses, maxUses)))
  return causes
}

function reasonFaults({ metadata, spec: { requests = {} } }: AccessPolicy, reason: string): readonly StatusCause[] {
  const { required = false, pattern } = requests.reason ?? {}
  const by = `policy "${metadata.name}"`
  if (reason.trim() === '') return required ? [fault('reason', `Required value: ${by} wants a reason`, 'FieldValueRequired')] : []
  if (pattern === undefined || matchesPattern(pattern, reason)) return []
  return [fault('reason', `Invalid value: ${by} wants it to match ${pattern}`)]
}

function ticketFaults({ metadata, spec }: AccessPolicy, ticket: string | undefined): readonly StatusCause[] {
  const pattern = spec.requests?.ticketPattern
  if (pattern === undefined || matchesPattern(pattern, ticket ?? '')) return []
  const message = `policy "${metadata.name}" wants a ticket that matches ${pattern}`
  return [fault('ticket', message, ticket === undefined ? 'FieldValueRequired' : 'FieldValueInvalid')]
}

/** What of a request its policy does not let pass. */
export function policyProblems(policy: AccessPolicy, request: AccessRequest): readonly StatusCause[] {
  const limits = limitFaults(policy, request)
  const { operation, reason = '', ticket } = request.spec
  // An operation that the gateway filed has no words of the agent's: the approver sees the operation itself.
  return operation === undefined ? [...limits, ...reasonFaults(policy, reason), ...ticketFaults(policy, ticket)] : limits
}

/** What holds for a request, what it left out filled in by its policy. */
export function limitsOf(
  policy: AccessPolicy,
  { spec }: AccessRequest,
): { readonly durationSeconds: number; readonly maxUses: number | undefined; readonly pendingSeconds: number } {
  const limits = policy.spec.requests ?? {}
  const most = limits.maxDurationSeconds ?? DEFAULTS.maxDurationSeconds
  return {
    durationSeconds: spec.durationSeconds ?? Math.min(limits.defaultDurationSeconds ?? DEFAULTS.defaultDurationSeconds, most),
    maxUses: spec.maxUses ?? limits.maxUses,
    pendingSeconds: limits.pendingTTLSeconds ?? DEFAULTS.pendingSeconds,
  }
}
