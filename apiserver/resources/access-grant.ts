import { accessGrantSpecSchema, accessGrantStatusSchema, grantEndMs, grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import { conditionOf, holds } from '../../domain/api/conditions.ts'
import type { UseClass } from '../../domain/api/rules.ts'
import { invalid, StatusError } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { checkPlainText } from '../machinery/write/plain-text.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import type { ReviewDependencies } from './decisions/approval.ts'
import { claimed } from './transfers/claimed.ts'
import { withInheritedEnd } from './transfers/inherited-end.ts'
import { transferSubresource } from './transfers/transfer.ts'
import { ageColumn, nameColumn, span } from './columns.ts'
import { refuseSuspended } from './decisions/suspended.ts'
import { grantDeleted, grantEnded } from './decisions/decided.ts'
import { checkRevoker, revoke } from './decisions/revoke.ts'
import { seenToEnd } from './decisions/seen-to-end.ts'
import { visibilityOfGrants, type VisibilityDependencies } from './visibility.ts'
import { summaryOf } from './access-summary.ts'
import { asGrant, asObject } from './typed.ts'

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (!jsonEqual(next.spec, old.spec))
    throw invalid('AccessGrant', old.metadata.name, [{ reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable' }])
  checkPlainText({ kind: 'AccessGrant' }, next, { old })
  return next
}

function left(grant: AccessGrant, nowMs: number): string {
  const phase = grantPhase(grant, nowMs)
  if (phase === 'NotYetValid') return `starts in ${span(Date.parse(grant.spec.notBefore) - nowMs)}`
  return phase === 'Active' ? span(grantEndMs(grant) - nowMs) : '-'
}

/** `delete 1/2, connect 0/1` */
function usesByClass({ spec, status }: AccessGrant): string {
  const limits = Object.entries(spec.maxUsesByClass ?? {})
  return limits.map(([useClass, most]) => `${useClass} ${status?.usesByClass?.[useClass as UseClass] ?? 0}/${most}`).join(', ')
}

export function accessGrants(deps: ReviewDependencies & VisibilityDependencies): Kind {
  return {
    resource: 'accessgrants',
    singular: 'accessgrant',
    kind: 'AccessGrant',
    shortNames: ['agrant'],
    description: 'Access that was granted. The server creates it when a request is approved; it ends automatically.',
    spec: accessGrantSpecSchema,
    status: accessGrantStatusSchema,
    verbs: ['get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: {
      'spec.requestName': (object) => asGrant(object).spec.requestName,
      'spec.subject.username': (object) => asGrant(object).spec.subject.username,
      'spec.policy': (object) => asGrant(object).spec.policy,
    },
    columns: [
      nameColumn,
      {
        name: 'Subject',
        type: 'string',
        priority: 0,
        description: 'User that may use the grant.',
        value: (object) => asGrant(object).spec.subject.username,
      },
      {
        name: 'Phase',
        type: 'string',
        priority: 0,
        description: 'Whether the grant can be used.',
        value: (object, nowMs) => grantPhase(asGrant(object), nowMs),
      },
      { name: 'Gives', type: 'string', priority: 0, description: 'Access that the grant gives.', value: (object) => summaryOf(asGrant(object).spec) },
      {
        name: 'Uses',
        type: 'string',
        priority: 0,
        description: 'Uses taken, and the maximum number of uses.',
        value: (object) => `${asGrant(object).status?.uses ?? 0}/${asGrant(object).spec.maxUses ?? '∞'}`,
      },
      {
        name: 'By Class',
        type: 'string',
        priority: 1,
        description: 'Uses taken, and the maximum number of uses, of each class that has a limit.',
        value: (object) => usesByClass(asGrant(object)),
      },
      {
        name: 'Left',
        type: 'string',
        priority: 0,
        description: 'Time until the grant expires if it is not used, or until it starts.',
        value: (object, nowMs) => left(asGrant(object), nowMs),
      },
      {
        name: 'Policy',
        type: 'string',
        priority: 1,
        description: 'Policy under which the grant was approved.',
        value: (object) => asGrant(object).spec.policy,
      },
      ageColumn,
    ],
    strategy: {
      create: () => Promise.reject(new StatusError('MethodNotAllowed', 'an AccessGrant is created by approving an AccessRequest')),
      update: (next, old) => Promise.resolve(update(next, old)),
      removed: (old, context) => grantDeleted(asGrant(old), context),
      validate: () => [],
      complete: async (object, nowMs) => asObject(await withInheritedEnd(asGrant(object), nowMs, deps.store)),
      present: (object, nowMs) => ({ ...object, status: { ...object.status, phase: grantPhase(asGrant(object), nowMs) } }),
    },
    visibilityOf: visibilityOfGrants(deps),
    subresources: [
      {
        name: 'revocation',
        checksCaller: true,
        verbs: ['get', 'update', 'patch'],
        checkOnce: (old, context) => checkRevoker(asGrant(old), context, deps),
        unconditional: true,
        apply: (next, old, context) => {
          const object = asObject(revoke({ next: asGrant(next), old: asGrant(old), context }))
          checkPlainText({ kind: 'AccessGrant' }, object, { old })
          const message = conditionOf(asGrant(next).status?.conditions, 'Revoked')?.message
          const isNew = !holds(asGrant(old).status?.conditions, 'Revoked')
          return Promise.resolve({ object, also: isNew ? [grantEnded(asGrant(old), { decision: 'Revoked', message }, context)] : [] })
        },
      },
      transferSubresource(deps),
      {
        name: 'claim',
        verbs: ['create'],
        kind: 'GrantClaim',
        apply: async (next, old, context) => {
          const { subject, transferredFrom = [], cluster } = asGrant(old).spec
          for (const who of [subject, ...transferredFrom])
            await refuseSuspended(deps, who, { reason: 'Conflict', kind: 'accessgrants', name: old.metadata.name, act: 'used', cluster })
          const { nowMs, dryRun } = context
          try {
            return await claimed(asGrant(old), next.spec ?? {}, { nowMs, store: deps.store })
          } catch (error) {
            if (!dryRun) await seenToEnd(asGrant(old), nowMs, deps.store)
            throw error
          }
        },
      },
    ],
  }
}
