import { accessPolicySpecSchema, accessPolicyStatusSchema, type AccessPolicy } from '../../domain/access-policy.ts'
import { conditionOf } from '../../domain/conditions.ts'
import type { Kind } from '../machinery/kind.ts'
import { problems } from '../machinery/validate.ts'
import type { Store } from '../storage/port.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { createMaskingGuard } from './masking-guard.ts'
import { policyFaults } from './policy-faults.ts'
import { asPolicy } from './typed.ts'

/** `True`, or why it is not. Until a gateway has looked at it nobody knows. */
function readiness({ status }: AccessPolicy): string {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready === undefined || ready.status === 'True') return ready?.status ?? 'Unknown'
  return ready.reason === undefined ? ready.status : `${ready.status}: ${ready.reason}`
}

/** @param store where the policies are, which say who may weaken one */
export function accessPolicies(compiles: (condition: string) => string | undefined, store: Store): Kind {
  const guard = createMaskingGuard(store)
  return {
    resource: 'accesspolicies',
    singular: 'accesspolicy',
    kind: 'AccessPolicy',
    shortNames: ['apol'],
    description: 'What a group of agents may do, what needs a grant, and who may give one.',
    spec: accessPolicySpecSchema,
    status: accessPolicyStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    fields: {},
    columns: [
      nameColumn,
      { name: 'Mode', type: 'string', priority: 0, description: 'Enforce or Shadow.', value: (object) => asPolicy(object).spec.mode ?? 'Enforce' },
      {
        name: 'Subjects',
        type: 'string',
        priority: 0,
        description: 'Whom it governs.',
        value: (object) =>
          asPolicy(object)
            .spec.subjects.map(({ kind, name }) => `${kind} ${name}`)
            .join(', '),
      },
      { name: 'Rules', type: 'integer', priority: 0, description: 'Number of rules.', value: (object) => asPolicy(object).spec.rules?.length ?? 0 },
      {
        name: 'Ready',
        type: 'string',
        priority: 0,
        description: 'Whether it can work; else the reason, which `kubectl describe` explains.',
        value: (object) => readiness(asPolicy(object)),
      },
      ageColumn,
    ],
    strategy: {
      create: async (object, { user }) => {
        await guard(user, { after: asPolicy(object) })
        return object
      },
      update: async (next, old, { user }) => {
        // What does not fit the schema is refused right after this, with the paths of its fields.
        if (problems(accessPolicySpecSchema, next.spec ?? {}, 'spec').length > 0) return next
        await guard(user, { before: asPolicy(old), after: asPolicy(next) })
        return next
      },
      remove: (old, { user }) => guard(user, { before: asPolicy(old) }),
      validate: (object) => policyFaults(asPolicy(object), compiles),
      present: (object) => object,
    },
    subresources: [
      {
        name: 'status',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old) => Promise.resolve({ object: { ...old, ...(next.status === undefined ? {} : { status: next.status }) } }),
      },
    ],
  }
}
