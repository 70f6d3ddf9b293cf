import { accessRequestSpecSchema, accessRequestStatusSchema, requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { escapedLine, escapedLines } from '../../domain/api/plain-text.ts'
import type { Operation } from '../../domain/api/rules.ts'
import { invalid, StatusError, type StatusCause } from '../../domain/status-error.ts'
import { toValue } from '../machinery/object.ts'
import { checkPlainText } from '../machinery/write/plain-text.ts'
import { same } from '../machinery/write/json-equal.ts'
import { timestamp } from '../machinery/metadata.ts'
import type { Context, Kind, KubeObject } from '../machinery/kind.ts'
import { reviewRequest, type ReviewDependencies } from './decisions/approval.ts'
import { askingOf, unusableParts } from './grantable/unusable.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { decisionIn } from './decisions/decision.ts'
import { requestDecided, requestDeleted } from './decisions/decided.ts'
import { checkHeldOperation } from './requests/held-operation.ts'
import { mayReadPlan, sameSpec, withoutHiddenPlan } from './requests/plan-readers.ts'
import { countRequest } from './requests/request-quota.ts'
import { consentOf, governingPolicies, limitsOf, policyProblems } from './requests/request-policy.ts'
import { stampRequester } from './requests/requester.ts'
import { visibilityOfRequests, type VisibilityDependencies } from './visibility.ts'
import { summaryOf } from './summary.ts'
import { asObject, asRequest } from './typed.ts'

function validate({ spec }: AccessRequest): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if ((spec.rules ?? []).length === 0 && (spec.reveal ?? []).length === 0)
    causes.push({ reason: 'FieldValueRequired', field: 'spec.rules', message: 'Required value: ask for something, by rules or by reveal' })
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    if (rule.resources.some((resource) => resource.includes('*')))
      causes.push({
        reason: 'FieldValueInvalid',
        field: `spec.rules[${index}].resources`,
        message: 'Invalid value: name the resources; a wildcard would grow with the cluster',
      })
    if ((rule.namespaces ?? []).includes('*'))
      causes.push({ reason: 'FieldValueInvalid', field: `spec.rules[${index}].namespaces`, message: 'Invalid value: name the namespaces' })
  }
  return causes
}

/** Who asks says by neither when the request goes: an owner that is none would take it away with what was decided, a finalizer keep it for ever. */
function lasting(given: KubeObject['metadata']): KubeObject['metadata'] {
  const { finalizers: _, ...owned } = given
  const { ownerReferences: __, ...metadata } = owned
  return metadata
}

/** What a requester writes into one request. The operation is the gateway's, and has bounds of its own. */
const MAX_BYTES = 64 * 1024

function checkSize({ metadata, spec }: AccessRequest): void {
  const { managedFields: _, ...written } = metadata
  const { operation: __, ...asked } = spec
  const bytes = Buffer.byteLength(JSON.stringify([written, asked]))
  if (bytes <= MAX_BYTES) return
  const message = `accessrequests.jit.access "${metadata.name}" is too large: ${bytes} bytes, and at most ${MAX_BYTES} are allowed; ask for less, or by several requests`
  throw new StatusError('RequestEntityTooLarge', message, { details: { name: metadata.name, group: 'jit.access', kind: 'accessrequests' } })
}

const KIND = { kind: 'AccessRequest' } as const

/** The gateway says what it holds, in lines; what it quotes of objects is the agent's, and is made safe here. Digests stay as they are. */
function shown(operation: Operation): Operation {
  const texts = Object.entries(operation).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const lines = new Set(['diff', 'body'])
  return { ...operation, ...Object.fromEntries(texts.map(([field, text]) => [field, lines.has(field) ? escapedLines(text) : escapedLine(text)])) }
}

async function create(object: KubeObject, context: Context, deps: ReviewDependencies): Promise<KubeObject> {
  const draft = asRequest(object)
  checkHeldOperation(draft, context.user)
  checkSize(draft)
  const { operation, ...spec } = draft.spec
  const { chosen, all } = await governingPolicies(deps, context.user, draft)
  const limits = limitsOf(all, draft)
  const request: AccessRequest = {
    ...draft,
    metadata: lasting(draft.metadata),
    spec: {
      ...spec,
      requester: stampRequester(context.user),
      policy: chosen.metadata.name,
      durationSeconds: limits.durationSeconds,
      ...(limits.maxUses === undefined ? {} : { maxUses: limits.maxUses }),
      ...(operation === undefined ? {} : { operation: shown(operation), maxUses: 1 }),
    },
    status: { expiresAt: timestamp(context.nowMs + limits.pendingSeconds * 1000), ...consentOf(all) },
  }
  checkPlainText(KIND, asObject(request), { skip: ['spec.operation'] })
  const limited = policyProblems(all, request)
  const problems = limited.length > 0 ? limited : await unusableParts(askingOf(request, { chosen, all }), deps)
  if (problems.length > 0) throw invalid('AccessRequest', object.metadata.name, problems)
  return asObject(request)
}

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (!sameSpec(asRequest(next), asRequest(old)))
    throw invalid('AccessRequest', old.metadata.name, [
      { reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable; make a new request' },
    ])
  if (!same(next.metadata, old.metadata)) checkSize(asRequest(next))
  const kept = { ...next, ...(old.spec === undefined ? {} : { spec: old.spec }) }
  checkPlainText(KIND, kept, { old })
  return kept
}

/** The gateway tells what became of an operation that it held; decisions are made on `approval` alone. */
function applyStatus(next: KubeObject, old: KubeObject, nowMs: number): KubeObject {
  const [given, kept] = [asRequest(next).status?.conditions ?? [], asRequest(old).status?.conditions ?? []]
  const allowed = new Set(['Withdrawn', 'Expired', 'Failed'])
  const added = given.filter(({ type }) => allowed.has(type) && !kept.some((condition) => condition.type === type))
  if (added.length === 0) return old
  if (requestPhase(asRequest(old).status, nowMs) !== 'Pending') return old
  const stamped = added.map((condition) => ({ ...condition, lastUpdateTime: timestamp(nowMs), lastTransitionTime: timestamp(nowMs) }))
  const told = { ...old, status: { ...old.status, conditions: [...kept, ...stamped] } }
  checkPlainText(KIND, told, { old })
  return told
}

const withPhase = (object: KubeObject, nowMs: number): KubeObject => ({
  ...object,
  status: { ...object.status, phase: requestPhase(asRequest(object).status, nowMs) },
})

export function accessRequests(deps: ReviewDependencies & VisibilityDependencies): Kind {
  return {
    resource: 'accessrequests',
    singular: 'accessrequest',
    kind: 'AccessRequest',
    shortNames: ['areq'],
    description: 'An ask for access: for a time, a number of uses, or one operation that waits at the gateway.',
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
        description: 'Who asks.',
        value: (object) => asRequest(object).spec.requester?.username ?? '',
      },
      {
        name: 'Phase',
        type: 'string',
        priority: 0,
        description: 'What became of it.',
        value: (object, nowMs) => requestPhase(asRequest(object).status, nowMs),
      },
      { name: 'Asks', type: 'string', priority: 0, description: 'What is asked for.', value: (object) => summaryOf(asRequest(object).spec) },
      {
        name: 'Duration',
        type: 'string',
        priority: 1,
        description: 'For how long.',
        value: (object) => `${asRequest(object).spec.durationSeconds ?? 0}s`,
      },
      { name: 'Policy', type: 'string', priority: 1, description: 'Policy that governs it.', value: (object) => asRequest(object).spec.policy ?? '' },
      {
        name: 'Reason',
        type: 'string',
        priority: 1,
        description: 'Why.',
        value: (object) => (asRequest(object).spec.reason ?? '').replaceAll(/[^\P{C} ]/gu, ' '),
      },
      ageColumn,
    ],
    strategy: {
      create: (object, context) => create(object, context, deps),
      alongside: async (object, context) => [await countRequest(deps, object, context)],
      update: (next, old) => Promise.resolve(update(next, old)),
      removed: (old, context) => requestDeleted(asRequest(old), context),
      validate: (object) => validate(asRequest(object)),
      present: (object, nowMs) => withPhase(asObject(withoutHiddenPlan(asRequest(object))), nowMs),
    },
    visibilityOf: visibilityOfRequests(deps),
    subresources: [
      {
        name: 'approval',
        checksCaller: true,
        verbs: ['get', 'update', 'patch'],
        apply: async (next, old, context) => {
          const reviewed = await reviewRequest({ next: asRequest(next), old: asRequest(old), context }, deps)
          const { request, grant } = reviewed
          const made =
            grant === undefined ? [] : [{ resource: 'accessgrants', name: grant.metadata.name, expected: 0, value: toValue(asObject(grant)) }]
          checkPlainText(KIND, asObject(request), { old })
          return { object: asObject(request), also: [...made, requestDecided(reviewed, decisionIn(asRequest(next), asRequest(old)), context)] }
        },
      },
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
