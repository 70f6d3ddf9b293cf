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
export async function governingPolicy(store: Store, user: Identity, request: AccessRequest): Promise<AccessPolicy> {
  const { entries } = await store.list('accesspolicies')
  const identity = withTokenGroups(user)
  const governing = entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy) => governs(policy, identity, request.spec.cluster))
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

/** What of a request its policy does not let pass. */
export function policyProblems(policy: AccessPolicy, { spec }: AccessRequest): readonly StatusCause[] {
  const limits = policy.spec.requests ?? {}
  const causes: StatusCause[] = []
  const most = limits.maxDurationSeconds ?? DEFAULTS.maxDurationSeconds
  const by = `policy "${policy.metadata.name}"`
  if (spec.durationSeconds !== undefined && spec.durationSeconds > most)
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'spec.durationSeconds',
      message: `Invalid value: ${spec.durationSeconds}: ${by} allows at most ${most}`,
    })
  if (spec.maxUses !== undefined && limits.maxUses !== undefined && spec.maxUses > limits.maxUses)
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'spec.maxUses',
      message: `Invalid value: ${spec.maxUses}: ${by} allows at most ${limits.maxUses}`,
    })
  // An operation that the gateway filed has no words of the agent's: the approver sees the operation itself.
  if (spec.operation !== undefined) return causes
  const reason = spec.reason ?? ''
  if (limits.reason?.required === true && reason.trim() === '')
    causes.push({ reason: 'FieldValueRequired', field: 'spec.reason', message: `Required value: ${by} wants a reason` })
  if (limits.reason?.pattern !== undefined && reason !== '' && !matchesPattern(limits.reason.pattern, reason))
    causes.push({ reason: 'FieldValueInvalid', field: 'spec.reason', message: `Invalid value: ${by} wants it to match ${limits.reason.pattern}` })
  if (limits.ticketPattern !== undefined && !matchesPattern(limits.ticketPattern, spec.ticket ?? ''))
    causes.push({
      reason: spec.ticket === undefined ? 'FieldValueRequired' : 'FieldValueInvalid',
      field: 'spec.ticket',
      message: `${by} wants a ticket that matches ${limits.ticketPattern}`,
    })
  return causes
}

/** What holds for a request, what it left out filled in by its policy. */
export function limitsOf(
  policy: AccessPolicy,
  { spec }: AccessRequest,
): { readonly durationSeconds: number; readonly maxUses: number | undefined; readonly pendingSeconds: number } {
  const limits = policy.spec.requests ?? {}
  const most = limits.maxDurationSeconds ?? DEFAULTS.maxDurationSeconds
  const held = spec.operation === undefined ? undefined : policy.spec.hold?.timeoutSeconds
  return {
    durationSeconds: spec.durationSeconds ?? Math.min(limits.defaultDurationSeconds ?? DEFAULTS.defaultDurationSeconds, most),
    maxUses: spec.maxUses ?? limits.maxUses,
    pendingSeconds: held ?? limits.pendingTTLSeconds ?? DEFAULTS.pendingSeconds,
  }
}
