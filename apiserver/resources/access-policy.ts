import { accessPolicySpecSchema, accessPolicyStatusSchema, type AccessPolicy } from '../../domain/api/access-policy.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { fieldFaults, type FieldDependencies } from '../../domain/policy/conditions/typed-conditions.ts'
import { invalid } from '../../domain/status-error.ts'
import type { Discovery } from '../../kube/discovery.ts'
import { problems } from '../../server/schema/problems.ts'
import type { RequestContext, Kind } from '../machinery/kind.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import type { Store } from '../storage/port.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { approvalWarnings } from './policies/approval-faults.ts'
import { createMaskingGuard } from './policies/masking-guard.ts'
import { policyFaults, policyFieldFaults, policyServedFaults, policyWarnings } from './policies/policy-faults.ts'
import type { RelyingParty } from './passkeys/relying-party.ts'
import { passkeyWarnings } from './policies/passkey-warnings.ts'
import { keepingNotifications, notificationsSubresource } from './requests/notifications.ts'
import { asPolicy } from './typed.ts'

/** Status of the condition Ready, with the reason if it is not True. `Unknown` until a controller has checked the policy. */
function readiness({ status }: AccessPolicy): string {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready === undefined || ready.status === 'True') return ready?.status ?? 'Unknown'
  return ready.reason === undefined ? ready.status : `${ready.status}: ${ready.reason}`
}

/** A spec that violates the schema is refused right after this. */
function warn(policy: AccessPolicy, { warnings, nowMs }: RequestContext): void {
  if (problems(accessPolicySpecSchema, policy.spec, 'spec').length === 0) warnings?.push(...policyWarnings(policy, nowMs))
}

/** @param store the store of the policies, which determine who may weaken masking */
export function accessPolicies(
  compiles: (condition: string) => string | undefined,
  store: Store,
  cluster: { readonly discovery?: Discovery; readonly fields?: FieldDependencies; readonly passkeys?: RelyingParty } = {},
): Kind {
  const { discovery, fields, passkeys } = cluster
  const guard = createMaskingGuard(store)
  /** Fields that cannot be checked are accepted: the controller checks them again and sets the condition Typed. */
  const checkFields = async (policy: AccessPolicy, { warnings }: RequestContext): Promise<void> => {
    if (fields === undefined || policyFaults(policy, compiles).length > 0) return
    const found = policyFieldFaults(await fieldFaults(policy.spec.rules ?? [], fields))
    if (found.refused.length > 0) throw invalid('AccessPolicy', policy.metadata.name, found.refused)
    warnings?.push(...found.warnings)
  }
  /** Resources that cannot be checked are accepted: the controller checks them again and sets the condition Served. */
  const checkServed = async (policy: AccessPolicy, { warnings }: RequestContext): Promise<void> => {
    const discovered = await discovery?.().catch(() => undefined)
    if (discovered === undefined) return
    const faults = policyServedFaults(policy, discovered)
    if (faults.refused.length > 0) throw invalid('AccessPolicy', policy.metadata.name, faults.refused)
    warnings?.push(...faults.warnings)
  }
  return {
    resource: 'accesspolicies',
    singular: 'accesspolicy',
    kind: 'AccessPolicy',
    shortNames: ['apol'],
    description: 'Specifies what a group of agents may do, which requests require a grant, and who may approve it.',
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
        description: 'Users and groups that the policy governs.',
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
        description: 'Whether the policy works. If not, the reason; `kubectl describe` explains it.',
        value: (object) => readiness(asPolicy(object)),
      },
      ageColumn,
    ],
    strategy: {
      create: async (object, context) => {
        await guard(context.user, { after: asPolicy(object) })
        context.warnings?.push(...approvalWarnings(asPolicy(object)), ...passkeyWarnings(asPolicy(object), passkeys))
        await checkServed(asPolicy(object), context)
        await checkFields(asPolicy(object), context)
        warn(asPolicy(object), context)
        return object
      },
      update: async (next, old, context) => {
        // A spec that violates the schema is refused right after this, with the paths of its fields.
        if (problems(accessPolicySpecSchema, next.spec ?? {}, 'spec').length > 0) return next
        await guard(context.user, { before: asPolicy(old), after: asPolicy(next) })
        if (jsonEqual(next.spec, old.spec)) return next
        context.warnings?.push(...approvalWarnings(asPolicy(next)), ...passkeyWarnings(asPolicy(next), passkeys))
        await checkServed(asPolicy(next), context)
        await checkFields(asPolicy(next), context)
        warn(asPolicy(next), context)
        return next
      },
      remove: (old, { user }) => guard(user, { before: asPolicy(old) }),
      // An unchanged spec that an older server accepted stays valid: the status of such a policy must be writable, to report the error.
      validate: (object, old) => (old !== undefined && jsonEqual(object.spec, old.spec) ? [] : policyFaults(asPolicy(object), compiles)),
      present: (object) => object,
    },
    subresources: [
      notificationsSubresource,
      {
        name: 'status',
        verbs: ['get', 'update', 'patch'],
        apply: (next, old) =>
          Promise.resolve({ object: { ...old, ...(next.status === undefined ? {} : { status: keepingNotifications(next.status, old) }) } }),
      },
    ],
  }
}
