import { createRequest, checkSize } from './requests/create-request.ts'
import { timestamp } from '../../domain/api/object-meta.ts'
import { accessRequestSpecSchema, accessRequestStatusSchema, requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { formatDuration } from '../../domain/format/duration.ts'
import { accountOf } from '../../domain/identity.ts'
import { createConcurrencyLimit } from '../../kube/concurrency-limit.ts'
import { invalid, type StatusCause } from '../../domain/status-error.ts'
import { toValue } from '../machinery/object.ts'
import { checkPlainText } from '../machinery/write/plain-text.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import { createTurns } from '../machinery/turns.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { checkDecider, reviewRequest, type ReviewDependencies } from './decisions/approval.ts'
import { approvedAtOnce, type AutoApproveDependencies } from './auto-approve/approve-at-once.ts'
import { historyWrites } from './auto-approve/decision-history.ts'
import { asksBreakGlass, breakGlassWrites } from './break-glass/grant-at-once.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { decisionIn } from './decisions/decision-condition.ts'
import { extensionWrite } from './extensions/approved.ts'
import { accessExtended } from './extensions/record-events.ts'
import { requestDecided, requestDeleted } from './decisions/decided.ts'
import { mayReadPlan, sameSpec, withoutHiddenPlan } from './requests/plan-readers.ts'
import { checkRemoval } from './requests/removal.ts'
import { createQuota } from './requests/request-quota.ts'
import { notificationsSubresource } from './requests/notifications.ts'
import { WITHDRAWAL } from './requests/withdrawal.ts'
import { markReused, rememberName } from './request-names/used-names.ts'
import { visibilityOfRequests, type VisibilityDependencies } from './visibility.ts'
import { summaryOf } from './access-summary.ts'
import { asObject, asRequest } from './typed.ts'

const asksForNothing = ({ rules = [], reveal = [], extends: grant }: AccessRequest['spec']): boolean =>
  rules.length === 0 && reveal.length === 0 && grant === undefined

function validate({ spec }: AccessRequest): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (asksForNothing(spec))
    causes.push({ reason: 'FieldValueRequired', field: 'spec.rules', message: 'Required value: specify rules, reveal or extends' })
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    if (rule.resources.some((resource) => resource.includes('*')))
      causes.push({
        reason: 'FieldValueInvalid',
        field: `spec.rules[${index}].resources`,
        message: 'Invalid value: name the resources; a wildcard would include resources that are added later',
      })
    if ((rule.namespaces ?? []).includes('*'))
      causes.push({ reason: 'FieldValueInvalid', field: `spec.rules[${index}].namespaces`, message: 'Invalid value: name the namespaces' })
  }
  return causes
}

/** Creations of one requester that may wait for its earlier ones. More than the gateway holds of one identity at once. */
const MAX_WAITING = 32
/**
 * Creations that run or wait, of all requesters, from which on a requester has one at a time: about half a second of work. More would wait longer than
 * clients do, and reads and decisions would wait with them.
 */
const MAX_OF_ALL = 128
/** Creations of all requesters at once. The rest waits, so that decisions and reads do not wait behind hundreds of creations. */
const AT_ONCE = 16

const KIND = { kind: 'AccessRequest' } as const

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (!sameSpec(asRequest(next), asRequest(old)))
    throw invalid('AccessRequest', old.metadata.name, [
      { reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable; create a new request' },
    ])
  if (!jsonEqual(next.metadata, old.metadata)) checkSize(asRequest(next))
  const kept = { ...next, ...(old.spec === undefined ? {} : { spec: old.spec }) }
  checkPlainText(KIND, kept, { old })
  return kept
}

/** Accepts the outcome of a held operation from the gateway. Decisions are only accepted on the subresource `approval`. */
function applyStatus(next: KubeObject, old: KubeObject, nowMs: number): KubeObject {
  const [given, kept] = [asRequest(next).status?.conditions ?? [], asRequest(old).status?.conditions ?? []]
  const allowed = new Set(['Withdrawn', 'Expired', 'Failed'])
  const added = given.filter(({ type }) => allowed.has(type) && !kept.some((condition) => condition.type === type))
  if (added.length === 0) return old
  if (requestPhase(asRequest(old).status, nowMs) !== 'Pending') return old
  const stamped = added.map((condition) => ({ ...condition, lastUpdateTime: timestamp(nowMs), lastTransitionTime: timestamp(nowMs) }))
  const updated = { ...old, status: { ...old.status, conditions: [...kept, ...stamped] } }
  checkPlainText(KIND, updated, { old })
  return updated
}

const withPhase = (object: KubeObject, nowMs: number): KubeObject => ({
  ...object,
  status: { ...object.status, phase: requestPhase(asRequest(object).status, nowMs) },
})

export function accessRequests(deps: ReviewDependencies & VisibilityDependencies & AutoApproveDependencies): Kind {
  const quota = createQuota(deps)
  const turns = createTurns(MAX_WAITING, MAX_OF_ALL)
  const limit = createConcurrencyLimit(AT_ONCE)
  return {
    resource: 'accessrequests',
    singular: 'accessrequest',
    kind: 'AccessRequest',
    shortNames: ['areq'],
    description: 'A request for access: for a period of time, a number of uses, or one operation that waits at the gateway.',
    spec: accessRequestSpecSchema,
    status: accessRequestStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: {
      'spec.requester.username': (object) => asRequest(object).spec.requester?.username ?? '',
      'spec.policy': (object) => asRequest(object).spec.policy ?? '',
    },
    columns: [
      nameColumn,
      {
        name: 'Requester',
        type: 'string',
        priority: 0,
        description: 'User that requests access.',
        value: (object) => asRequest(object).spec.requester?.username ?? '',
      },
      {
        name: 'Phase',
        type: 'string',
        priority: 0,
        description: 'Phase of the request, such as Pending or Approved.',
        value: (object, nowMs) => requestPhase(asRequest(object).status, nowMs),
      },
      {
        name: 'Risk',
        type: 'string',
        priority: 0,
        description: 'How much the request can do: Low, Medium, High or Critical.',
        value: (object) => asRequest(object).status?.risk ?? '',
      },
      {
        name: 'Requested',
        type: 'string',
        priority: 0,
        description: 'Access that is requested.',
        value: (object) => summaryOf(asRequest(object).spec),
      },
      {
        name: 'Duration',
        type: 'string',
        priority: 1,
        description: 'Duration of the access.',
        value: (object) => formatDuration(asRequest(object).spec.durationSeconds ?? 0),
      },
      {
        name: 'Starts',
        type: 'string',
        priority: 1,
        description: 'Time at which the access starts, if it does not start at the approval.',
        value: (object) => asRequest(object).spec.notBefore ?? '',
      },
      {
        name: 'Policy',
        type: 'string',
        priority: 1,
        description: 'Policy that governs the request.',
        value: (object) => asRequest(object).spec.policy ?? '',
      },
      {
        name: 'Reason',
        type: 'string',
        priority: 1,
        description: 'Reason of the request.',
        value: (object) => (asRequest(object).spec.reason ?? '').replaceAll(/[^\P{C} ]/gu, ' '),
      },
      ageColumn,
    ],
    strategy: {
      create: (object, context) => createRequest(object, context, { ...deps, quota }),
      inTurn: ({ user }, work) => turns.take(accountOf(user.username), () => limit.take(work)),
      alongside: async (object, context) => {
        // First: see approvedAtOnce.
        const counted = await quota.count(asRequest(object), context)
        const request = asRequest(object)
        const creation = asksBreakGlass(request)
          ? { object, also: await breakGlassWrites(deps, request, context) }
          : await approvedAtOnce(request, context, deps)
        const marked = await markReused(asRequest(creation.object), context.nowMs, deps.store)
        return { ...creation, object: asObject(marked), also: [counted, ...(creation.also ?? [])] }
      },
      update: (next, old) => Promise.resolve(update(next, old)),
      remove: (old, context) => checkRemoval(asRequest(old), context, deps),
      removed: (old, context) => [...requestDeleted(asRequest(old), context), rememberName(old.metadata.name, context.nowMs)],
      validate: (object) => validate(asRequest(object)),
      present: (object, nowMs) => withPhase(asObject(withoutHiddenPlan(asRequest(object))), nowMs),
    },
    visibilityOf: visibilityOfRequests(deps),
    subresources: [
      notificationsSubresource,
      {
        name: 'approval',
        checksCaller: true,
        verbs: ['get', 'update', 'patch'],
        checkOnce: (old, context) => checkDecider(asRequest(old), context, deps),
        apply: async (next, old, context) => {
          const reviewed = await reviewRequest({ next: asRequest(next), old: asRequest(old), context }, deps)
          const { request, grant, extended, used = [] } = reviewed
          const made =
            grant === undefined ? [] : [{ resource: 'accessgrants', name: grant.metadata.name, expected: 0, value: toValue(asObject(grant)) }]
          const longer = extended === undefined ? [] : [extensionWrite(extended), accessExtended(request, extended, context)]
          checkPlainText(KIND, asObject(request), { old })
          const decision = decisionIn(asRequest(next), asRequest(old))
          const given = grant ?? extended?.grant
          const history = historyWrites({ request, ...(given === undefined ? {} : { grant: given }) }, decision, context)
          return {
            object: asObject(request),
            also: [...made, ...longer, ...used, requestDecided(reviewed, decision, context), ...history],
          }
        },
      },
      WITHDRAWAL,
      {
        name: 'plan',
        verbs: ['get'],
        read: { check: (object, { user }) => mayReadPlan(deps.authorizer, user, asRequest(object)), present: withPhase },
        apply: (_, old) => Promise.resolve({ object: old }),
      },
      {
        name: 'status',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old, { nowMs }) => Promise.resolve({ object: applyStatus(next, old, nowMs) }),
      },
    ],
  }
}
