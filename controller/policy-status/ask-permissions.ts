import { LRUCache } from 'lru-cache'
import type { AccessPolicy, PolicySubject } from '../../domain/api/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import type { Classified } from '../../domain/decision.ts'
import type { Identity } from '../../domain/identity.ts'
import { operationOf } from '../../domain/classify/operations-of.ts'
import { GROUP, serviceAccountAgent } from '../../domain/api/names.ts'
import { actingIdentity } from '../../domain/policy/acting-groups.ts'
import { rbacQuestions } from '../../domain/policy/rbac-questions.ts'
import type { ImpersonationMode } from '../../domain/policy/status/impersonation-fix.ts'
import type { PermissionAnswer, Permissions } from '../../domain/policy/status/permitted.ts'
import { decisionsWithoutObject } from '../../domain/policy/conditions/without-object.ts'
import { formatOperation } from '../../domain/format/operation.ts'
import type { Discovered } from '../../domain/served-resource.ts'
import type { Authorizer } from '../../kube/subject-access-review.ts'
import { reasonOf } from '../../server/log.ts'
import { samplesFor, type Sample } from './permission-samples.ts'

/** How long the permissions of a policy are cached. */
const FRESH_MS = 10_000
/** Concurrent reviews for one policy. */
const AT_ONCE = 4
/** The number of policies in the cache. */
const MAX_KNOWN = 1024

export type PermissionDependencies = {
  readonly authorizer: Authorizer
  readonly evaluate: ConditionEvaluator
  readonly mode: () => Promise<ImpersonationMode>
  readonly clock: Clock
  /** Name of this cluster. Optional. Defaults to none. */
  readonly cluster?: string
}

/** Finds out what RBAC lets the agents of a policy do. Never throws: permissions that cannot be read are unknown. */
export type AskPermissions = (policy: AccessPolicy, discovered: Discovered | undefined) => Promise<Permissions>

/** An agent that the policy governs. Others have the same groups, apart from groups of their tokens. */
function sampleAgent({ kind, name, namespace = '' }: PolicySubject): Identity {
  const username = kind === 'User' ? name : kind === 'ServiceAccount' ? serviceAccountAgent(namespace, name) : 'jit.access:someone'
  return { username, uid: '', groups: kind === 'Group' ? [name] : [], extra: {} }
}

type Looking = PermissionDependencies & { readonly policy: AccessPolicy; readonly someone: Identity; readonly discovered: Discovered | undefined }

/** Whether a denial is certain: for one namespace, or a cluster-scoped resource. For all namespaces, a RoleBinding in one may still allow it. */
function isSure({ info: { apiGroup, resource, namespace } }: Classified, { discovered }: Looking): boolean {
  if (namespace !== '') return true
  return discovered?.resources.find((one) => one.group === apiGroup && one.resource === resource)?.namespaced === false
}

async function isAllowed(operation: Classified, isGranted: boolean, { authorizer, someone, policy }: Looking): Promise<boolean> {
  const identity = actingIdentity(someone, [policy], isGranted ? policy.metadata.name : undefined)
  for (const question of rbacQuestions(operation)) if (await authorizer.allowed(identity, question)) return true
  return false
}

type Found = { readonly isFree: boolean; readonly answer: PermissionAnswer }

/** Undefined if the policy denies the operation, or if the decision depends on the request. */
async function answerFor({ operations, rule }: Sample, looking: Looking): Promise<Found | undefined> {
  const { policy, someone, evaluate, cluster } = looking
  const where = cluster === undefined ? {} : { cluster }
  const decided = operations.flatMap((classified) => {
    const [decision] = decisionsWithoutObject({ classified, identity: someone, policies: [policy], evaluate, ...where })
    return decision === undefined || decision.effect === 'Deny' ? [] : [{ classified, isFree: decision.effect === 'Allow' }]
  })
  const [first] = decided
  if (first === undefined) return undefined
  let allowed: (typeof decided)[number] | undefined
  for (const each of decided) if (allowed === undefined && (await isAllowed(each.classified, !each.isFree, looking))) allowed = each
  const { classified, isFree } = allowed ?? first
  const { apiGroup, resource, subresource } = classified.info
  const answer: PermissionAnswer = {
    says: formatOperation(classified),
    kind: apiGroup === '' ? resource : `${resource}.${apiGroup}`,
    subresource,
    isAllowed: allowed !== undefined,
    ...(rule === undefined ? {} : { rule }),
    isSure: decided.every((each) => isSure(each.classified, looking)),
  }
  return { isFree, answer }
}

async function ask(looking: Looking): Promise<Permissions> {
  const samples = samplesFor(looking.policy)
  const found: (Found | undefined)[] = []
  for (let at = 0; at < samples.length; at += AT_ONCE)
    found.push(...(await Promise.all(samples.slice(at, at + AT_ONCE).map((sample) => answerFor(sample, looking)))))
  const answers = found.filter((each) => each !== undefined)
  const asking = operationOf({ verb: 'create', apiGroup: GROUP, resource: 'accessrequests' }, { namespace: '', name: '' })
  const mayAsk = await isAllowed(asking, false, looking)
  const isWhole = mayAsk && answers.every(({ answer }) => answer.isAllowed)
  return {
    free: answers.filter(({ isFree }) => isFree).map(({ answer }) => answer),
    granted: answers.filter(({ isFree }) => !isFree).map(({ answer }) => answer),
    mayAsk,
    mode: isWhole ? 'constrained' : await looking.mode(),
  }
}

const isSameVersion = ({ metadata: one }: AccessPolicy, { metadata: other }: AccessPolicy): boolean =>
  one.generation === other.generation && one.uid === other.uid

/** Asks RBAC by SubjectAccessReviews, with the user and groups under which the gateway impersonates the agents of a policy. */
export function createAskPermissions(deps: PermissionDependencies): AskPermissions {
  const { clock } = deps
  const known = new LRUCache<string, { readonly policy: AccessPolicy; readonly atMs: number; readonly permissions: Permissions }>({ max: MAX_KNOWN })
  return async (policy, discovered) => {
    const { name } = policy.metadata
    const last = known.get(name)
    if (last !== undefined && isSameVersion(last.policy, policy) && clock.nowMs() - last.atMs < FRESH_MS) return last.permissions
    const [subject] = policy.spec.subjects
    if (subject === undefined) return { unknown: 'it governs no agent' }
    const looking: Looking = { ...deps, policy, someone: sampleAgent(subject), discovered }
    const permissions = await ask(looking).catch((error: unknown): Permissions => ({ unknown: `RBAC could not be asked: ${reasonOf(error)}` }))
    if ('unknown' in permissions) known.delete(name)
    else known.set(name, { policy, atMs: clock.nowMs(), permissions })
    return permissions
  }
}
