import {
  accessSuspensionSpecSchema,
  accessSuspensionStatusSchema,
  formatSuspended,
  isInForce,
  type AccessSuspension,
} from '../../domain/api/access-suspension.ts'
import { invalid, type StatusCause } from '../../domain/status-error.ts'
import { fromEntry } from '../machinery/object.ts'
import type { RequestContext, Kind, KubeObject } from '../machinery/kind.ts'
import { checkPlainText } from '../machinery/write/plain-text.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import type { Store } from '../storage/port.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { agentsResumed, agentsSuspended } from './decisions/suspension-events.ts'
import { lift, liftIn } from './decisions/lift.ts'
import { governedSubjectFaults } from './policies/subject-faults.ts'
import { stampRequester } from './requests/requester.ts'
import { notificationsSubresource } from './requests/notifications.ts'
import { asObject, asPolicy, asSuspension } from './typed.ts'

const KIND = { kind: 'AccessSuspension' } as const
const TARGETS = ['subjects', 'policy', 'all'] as const

function validate({ spec }: AccessSuspension): readonly StatusCause[] {
  const given = TARGETS.filter((field) => spec[field] !== undefined)
  const [, second] = given
  const causes: StatusCause[] = [...governedSubjectFaults(spec.subjects ?? [], 'spec.subjects')]
  if (given.length === 0) causes.push({ reason: 'FieldValueRequired', field: 'spec', message: 'Required value: one of subjects, policy and all' })
  if (second !== undefined)
    causes.push({ reason: 'FieldValueForbidden', field: `spec.${second}`, message: `Forbidden: set exactly one of ${TARGETS.join(', ')}` })
  if (spec.all === false)
    causes.push({
      reason: 'FieldValueNotSupported',
      field: 'spec.all',
      message: 'Unsupported value: only true is accepted; leave it out, and set subjects or policy',
    })
  if (spec.reason.trim() === '')
    causes.push({ reason: 'FieldValueRequired', field: 'spec.reason', message: 'Required value: say why, for the agents and for people' })
  return causes
}

async function create(object: KubeObject, { user, warnings }: RequestContext, store: Store): Promise<KubeObject> {
  const draft = asSuspension(object)
  const created = asObject({ ...draft, spec: { ...draft.spec, suspendedBy: stampRequester(user) } })
  checkPlainText(KIND, created)
  const { policy } = draft.spec
  if (policy !== undefined) {
    const { entries } = await store.list('accesspolicies')
    if (!entries.some((entry) => asPolicy(fromEntry(entry)).metadata.name === policy))
      warnings?.push(`spec.policy: there is no AccessPolicy "${policy}" now, so the suspension stops nobody until there is one`)
  }
  return created
}

function update(next: KubeObject, old: KubeObject): KubeObject {
  if (!jsonEqual(next.spec, old.spec))
    throw invalid('AccessSuspension', old.metadata.name, [
      { reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable; create another suspension, then lift this one' },
    ])
  checkPlainText(KIND, next, { old })
  return next
}

/** Deleting it would lift it without a reason. */
function checkLifted(old: AccessSuspension): void {
  if (!isInForce(old)) return
  const { name } = old.metadata
  const message = `Forbidden: it is in force; lift it first: kubectl certify resume ${name} --reason=TEXT`
  throw invalid('AccessSuspension', name, [{ reason: 'FieldValueForbidden', field: 'status.conditions', message }])
}

const phaseOf = (object: KubeObject): 'InForce' | 'Lifted' => (isInForce(asSuspension(object)) ? 'InForce' : 'Lifted')

/** Stops agents at once, until a human lifts the suspension. kube-apiserver's RBAC says who may; governed identities never may: own-admission.ts. */
export function accessSuspensions({ store }: { readonly store: Store }): Kind {
  return {
    resource: 'accesssuspensions',
    singular: 'accesssuspension',
    kind: 'AccessSuspension',
    shortNames: ['asus'],
    description: 'Stops one agent, the agents of a policy, or all agents, at once and until it is lifted.',
    spec: accessSuspensionSpecSchema,
    status: accessSuspensionStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: { 'spec.policy': (object) => asSuspension(object).spec.policy ?? '' },
    columns: [
      nameColumn,
      {
        name: 'Stops',
        type: 'string',
        priority: 0,
        description: 'Agents that are stopped.',
        value: (object) => formatSuspended(asSuspension(object).spec),
      },
      { name: 'Phase', type: 'string', priority: 0, description: 'InForce or Lifted.', value: phaseOf },
      {
        name: 'By',
        type: 'string',
        priority: 0,
        description: 'User that created the suspension.',
        value: (object) => asSuspension(object).spec.suspendedBy?.username ?? '',
      },
      { name: 'Reason', type: 'string', priority: 0, description: 'Reason of the suspension.', value: (object) => asSuspension(object).spec.reason },
      ageColumn,
    ],
    strategy: {
      create: (object, context) => create(object, context, store),
      alongside: (object, context) => Promise.resolve({ object, also: [agentsSuspended(asSuspension(object), context)] }),
      update: (next, old) => Promise.resolve(update(next, old)),
      remove: (old) => Promise.resolve(checkLifted(asSuspension(old))),
      validate: (object) => validate(asSuspension(object)),
      present: (object) => ({ ...object, status: { ...object.status, phase: phaseOf(object) } }),
    },
    subresources: [
      notificationsSubresource,
      {
        name: 'lift',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old, context) => {
          const [wanted, current] = [asSuspension(next), asSuspension(old)]
          const lifted = lift({ next: wanted, old: current, context })
          const object = asObject(lifted)
          checkPlainText(KIND, object, { old })
          const also = isInForce(current) ? [agentsResumed(current, liftIn({ next: wanted, old: current }).message, context)] : []
          return Promise.resolve({ object, also })
        },
      },
    ],
  }
}
