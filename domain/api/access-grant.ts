import { grantedBreakGlassSchema } from './break-glass/break-glass-fields.ts'
import { conditionsSchema, holds } from './conditions.ts'
import { extensionsSchema } from './extensions/extension.ts'
import type { Resource } from './object-meta.ts'
import {
  accessRuleSchema,
  operationSchema,
  revealSchema,
  USE_CLASSES,
  userSchema,
  usesByClassSchema,
  usesTakenSchema,
  type UseClass,
} from './rules.ts'
import type { Of } from './schema.ts'
import { transferredFromSchema, transfersSchema } from './transfers/transfer.ts'

export const accessGrantSpecSchema = {
  type: 'object',
  description: 'Access that is granted. Only the server creates grants; the spec never changes.',
  required: ['requestName', 'policy', 'subject', 'notBefore', 'expiresAt'],
  properties: {
    requestName: { type: 'string', description: 'AccessRequest that led to this grant. Required.' },
    policy: { type: 'string', description: 'AccessPolicy of the approval. RBAC of its elevated group is the ceiling of the grant. Required.' },
    subject: { ...userSchema, description: 'User that may use the grant. Required.' },
    rules: {
      type: 'array',
      description: 'Access that is granted. Optional. Defaults to none; the grant has reveal or operation in this case.',
      items: accessRuleSchema,
    },
    reveal: { type: 'array', description: 'Keys of Secrets that are shown unmasked. Optional. Defaults to none.', items: revealSchema },
    operation: operationSchema,
    cluster: {
      type: 'string',
      description: 'Name of the cluster that the grant applies to. Optional. Defaults to the cluster that it is stored in.',
    },
    notBefore: { type: 'string', format: 'date-time', description: 'Time at which the grant starts. Required.' },
    expiresAt: {
      type: 'string',
      format: 'date-time',
      description: 'Time at which the grant expires, unless it was extended: see status.extensions. Required.',
    },
    idleSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Time without a use after which the grant ends, in seconds, counted from its start before the first use. It has the phase Expired then. Optional. Defaults to no limit.',
      minimum: 60,
    },
    maxUses: {
      type: 'integer',
      format: 'int32',
      description: 'Number of requests that the grant covers. Optional. Defaults to no limit: the grant ends by time alone.',
      minimum: 1,
    },
    breakGlass: grantedBreakGlassSchema,
    transferredFrom: transferredFromSchema,
    maxUsesByClass: usesByClassSchema(
      'Number of requests of each class that the grant covers, within maxUses. Optional. Defaults to no limit by class.',
    ),
  },
} as const

const claimSchema = {
  type: 'object',
  description: 'One use of the grant.',
  required: ['auditID', 'time'],
  properties: {
    auditID: { type: 'string', description: 'Audit ID of the request. The same ID takes one use only.', minLength: 1, maxLength: 128 },
    time: { type: 'string', format: 'date-time', description: 'Time of the use.' },
    useClass: { type: 'string', enum: USE_CLASSES, description: 'Class of the use. Absent when it counted against every class.' },
  },
} as const

export const accessGrantStatusSchema = {
  type: 'object',
  description: 'Observed state of the grant.',
  properties: {
    uses: { type: 'integer', format: 'int32', description: 'Number of uses so far. Absent before the first.', minimum: 0 },
    usesByClass: usesTakenSchema('Number of uses of each class so far, for a grant with maxUsesByClass. Absent before the first.'),
    lastUsed: {
      type: 'string',
      format: 'date-time',
      description: 'Time of the last use. A response that still runs renews it where the grant has idleSeconds. Absent before the first.',
    },
    recentClaims: {
      type: 'array',
      description:
        'Latest uses, newest last, at most 256. A claim that is repeated with the same audit ID takes no other use. Absent before the first.',
      items: claimSchema,
    },
    extensions: extensionsSchema,
    transfers: transfersSchema,
    conditions: conditionsSchema,
    phase: {
      type: 'string',
      enum: ['Active', 'Expired', 'Exhausted', 'Revoked', 'NotYetValid'],
      description: 'Summary for people. Computed on each read; never stored.',
    },
  },
} as const

export type AccessGrantSpec = Of<typeof accessGrantSpecSchema>
export type AccessGrantStatus = Of<typeof accessGrantStatusSchema>
export type AccessGrant = Resource<AccessGrantSpec, AccessGrantStatus>
export type GrantPhase = NonNullable<AccessGrantStatus['phase']>

type Readable = { readonly spec: AccessGrantSpec; readonly status?: AccessGrantStatus }

/** When the grant expires: by its spec, or by its latest extension. Every reader of the time uses this. */
export const expiryOf = ({ spec, status }: Readable): string => status?.extensions?.at(-1)?.expiresAt ?? spec.expiresAt

/** {@link expiryOf} in milliseconds. NaN, which counts as ended, when it cannot be read. */
export const expiryMsOf = (grant: Readable): number => Date.parse(expiryOf(grant))

/** When the grant ends because nobody uses it, if nobody does from now on. Infinity without an idle time; NaN when a time cannot be read. */
function idleEndMs({ spec, status }: Readable): number {
  const { idleSeconds, notBefore } = spec
  if (idleSeconds === undefined) return Infinity
  return Date.parse(status?.lastUsed ?? notBefore) + idleSeconds * 1000
}

/** When the grant ends by time, as far as is known now: every reader of the end uses this. NaN, which counts as ended, when a time cannot be read. */
export const grantEndMs = (grant: Readable): number => Math.min(expiryMsOf(grant), idleEndMs(grant))

/** Whether the grant ends, or ended, by its idle time and not because it expires. */
export const endsIdle = (grant: Readable): boolean => idleEndMs(grant) < expiryMsOf(grant)

/** The phase at a time. Unreadable timestamps count as expired: an unreadable grant gives no access. One that was seen to end stays ended. */
export function grantPhase(grant: Readable, nowMs: number): GrantPhase {
  if (holds(grant.status?.conditions, 'Revoked')) return 'Revoked'
  if (holds(grant.status?.conditions, 'Expired') || !(nowMs < grantEndMs(grant))) return 'Expired'
  if (!(nowMs >= Date.parse(grant.spec.notBefore))) return 'NotYetValid'
  return isSpent(grant) ? 'Exhausted' : 'Active'
}

/** Whether it gives access now, or will when it starts. */
export const isLiveOrUpcoming = (grant: Readable, nowMs: number): boolean => ['Active'].includes(grantPhase(grant, nowMs))

function isSpent({ spec, status }: Readable): boolean {
  return holds(status?.conditions, 'Exhausted') || (spec.maxUses !== undefined && (status?.uses ?? 0) >= spec.maxUses)
}

/** Whether the uses of a class are taken. Without a class, whether those of any class are: such a use counts against every class. */
export function isClassSpent({ spec, status }: Readable, useClass: UseClass | undefined): boolean {
  const { maxUsesByClass: limits = {} } = spec
  return (useClass === undefined ? USE_CLASSES : [useClass]).some((each) => (status?.usesByClass?.[each] ?? 0) >= (limits[each] ?? Infinity))
}
