import { conditionsSchema, holds } from './conditions.ts'
import type { Resource } from './object-meta.ts'
import { accessRuleSchema, operationSchema, revealSchema, userSchema } from './rules.ts'
import type { Of } from './schema.ts'

export const accessGrantSpecSchema = {
  type: 'object',
  description: 'What is granted. Made by the server alone and frozen.',
  required: ['requestName', 'policy', 'subject', 'notBefore', 'expiresAt'],
  properties: {
    requestName: { type: 'string', description: 'The AccessRequest that this grant answers.' },
    policy: { type: 'string', description: 'The AccessPolicy that it was approved under: its elevated group is the ceiling.' },
    subject: { ...userSchema, description: 'Who may use it.' },
    rules: { type: 'array', description: 'The access given. Left out: none beside reveal.', items: accessRuleSchema },
    reveal: { type: 'array', description: 'Secret keys that are shown. Left out: none.', items: revealSchema },
    operation: operationSchema,
    cluster: { type: 'string', description: 'Cluster that it holds in. Left out: the cluster that it lives in.' },
    notBefore: { type: 'string', format: 'date-time', description: 'When it starts.' },
    expiresAt: { type: 'string', format: 'date-time', description: 'When it ends by itself.' },
    maxUses: { type: 'integer', format: 'int32', description: 'How many requests it covers. Left out: no limit but time.', minimum: 1 },
  },
} as const

const claimSchema = {
  type: 'object',
  description: 'One use.',
  required: ['auditID', 'time'],
  properties: {
    auditID: { type: 'string', description: 'Audit ID of the request that used it; the same ID takes one use only.', minLength: 1, maxLength: 128 },
    time: { type: 'string', format: 'date-time', description: 'When.' },
  },
} as const

export const accessGrantStatusSchema = {
  type: 'object',
  description: 'How the grant was used and how it ended.',
  properties: {
    uses: { type: 'integer', format: 'int32', description: 'Uses taken so far. Left out: none.', minimum: 0 },
    lastUsed: { type: 'string', format: 'date-time', description: 'When the last use was taken. Left out: never.' },
    recentClaims: {
      type: 'array',
      description: 'The uses taken, newest last, at most 256 of them: what makes a repeated claim free. Left out: none.',
      items: claimSchema,
    },
    conditions: conditionsSchema,
    phase: {
      type: 'string',
      enum: ['Active', 'Expired', 'Exhausted', 'Revoked', 'NotYetValid'],
      description: 'Summary for people, derived on read; never stored.',
    },
  },
} as const

export type AccessGrantSpec = Of<typeof accessGrantSpecSchema>
export type AccessGrantStatus = Of<typeof accessGrantStatusSchema>
export type AccessGrant = Resource<AccessGrantSpec, AccessGrantStatus>
export type GrantPhase = NonNullable<AccessGrantStatus['phase']>

/** The phase at a moment. What cannot be read counts as expired: an unreadable grant gives nothing. */
export function grantPhase(grant: { readonly spec: AccessGrantSpec; readonly status?: AccessGrantStatus }, nowMs: number): GrantPhase {
  if (holds(grant.status?.conditions, 'Revoked')) return 'Revoked'
  if (!(nowMs < Date.parse(grant.spec.expiresAt))) return 'Expired'
  if (!(nowMs >= Date.parse(grant.spec.notBefore))) return 'NotYetValid'
  return isSpent(grant) ? 'Exhausted' : 'Active'
}

function isSpent({ spec, status }: { readonly spec: AccessGrantSpec; readonly status?: AccessGrantStatus }): boolean {
  return holds(status?.conditions, 'Exhausted') || (spec.maxUses !== undefined && (status?.uses ?? 0) >= spec.maxUses)
}
