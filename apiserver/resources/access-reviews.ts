import { accessReviewSpecSchema, accessReviewStatusSchema, type AccessReviewSpec } from '../../domain/api/virtual/access-review.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Classified, Decision } from '../../domain/decision.ts'
import { commandFor, ruleFor } from '../../domain/grant/access-request-command.ts'
import { ancestorNames, type GrantByName } from '../../domain/grant/lineage.ts'
import { judge } from '../../domain/grant/judge.ts'
import { operationOf } from '../../domain/classify/operations-of.ts'
import { objectsOf } from '../../domain/policy/conditions/unknown-objects.ts'
import { withTokenGroups, type Identity } from '../../domain/identity.ts'
import { API_VERSION } from '../../domain/api/names.ts'
import type { Verdict } from '../../domain/permit.ts'
import { decide } from '../../domain/policy/decide.ts'
import { governs } from '../../domain/policy/governs.ts'
import { applicablePolicies } from '../../domain/policy/heard.ts'
import { strictestLimits } from '../../domain/policy/request-limits.ts'
import { invalid } from '../../domain/status-error.ts'
import type { RequestVerdict, ReviewedRequest } from '../../domain/api/virtual/reviewed-request.ts'
import { whoAmISpecSchema, whoAmIStatusSchema } from '../../domain/api/virtual/who-am-i.ts'
import type { VirtualKind } from '../machinery/http/handler.ts'
import type { Kind } from '../machinery/kind.ts'
import { fromEntry } from '../machinery/object.ts'
import type { WriteDependencies } from '../machinery/write/write-request.ts'
import { SUBJECT, type Store } from '../storage/port.ts'
import { unusableParts, type UnusableDependencies } from './grantable/unusable.ts'
import { suspensionOf } from './decisions/suspended.ts'
import { tryRequest } from './reviewing/reviewed-request.ts'
import { reviewedUser, type ReviewedUserDependencies } from './reviewing/reviewed-user.ts'
import { question, specIn } from './virtual/question.ts'
import { stampRequester } from './requests/requester.ts'
import { asGrant, asPolicy } from './typed.ts'
import { visibilityOfRequests, visibilityOfReviews } from './visibility.ts'
import { whyClosed } from './windows/refuse-closed.ts'

export function whoAmI(deps: WriteDependencies & { readonly cluster?: string }): VirtualKind {
  const kind = question(
    {
      resource: 'whoamis',
      singular: 'whoami',
      kind: 'WhoAmI',
      description: 'Returns the identity of the caller as the API server sees it, and the policies that govern it.',
    },
    whoAmISpecSchema,
    whoAmIStatusSchema,
  )
  return {
    kind,
    answer: async (request, user) => {
      await specIn(request, kind)
      const { entries } = await deps.store.list('accesspolicies')
      const identity = withTokenGroups(user)
      const policies = entries
        .map((entry) => asPolicy(fromEntry(entry)))
        .filter((policy) => governs(policy, identity, deps.cluster))
        .map(({ metadata }) => metadata.name)
      return { apiVersion: API_VERSION, kind: kind.kind, metadata: {}, spec: {}, status: { user: stampRequester(user), policies } }
    },
  }
}

/** The request to review. A create has no name in its path, so a given name is ignored. */
function operationIn(spec: { readonly [field: string]: unknown }): Classified {
  const word = (field: string): string => (typeof spec[field] === 'string' ? spec[field] : '')
  const [verb, resource, subresource] = [word('verb'), word('resource'), word('subresource')]
  const name = verb === 'create' && subresource === '' ? '' : word('name')
  const named = subresource === '' ? resource : `${resource}/${subresource}`
  return operationOf({ verb, apiGroup: word('group'), resource: named }, { namespace: word('namespace'), name })
}

/** Whether two verdicts mean the same for the caller. */
const alike = (a: Verdict, b: Verdict): boolean => a.kind === b.kind && (a.kind !== 'ask' || b.kind !== 'ask' || a.for === b.for)

function answerOf(verdict: Verdict, classified: Classified): object {
  switch (verdict.kind) {
    case 'allow': {
      const { grant } = verdict.permit
      return { allowed: true, ...(grant === undefined ? {} : { grant: grant.name }), message: 'the request would be allowed' }
    }
    case 'deny':
      return { allowed: false, message: 'the request would be refused, and no grant can allow it' }
    case 'ask':
      if (verdict.upcoming !== undefined)
        return { allowed: false, message: `the grant "${verdict.upcoming.name}" starts at ${verdict.upcoming.notBefore}` }
      return verdict.for === 'approval'
        ? { allowed: false, message: 'send the request: the gateway holds it until an approver has decided' }
        : { allowed: false, ask: ruleFor(classified), command: commandFor(classified, verdict.decision), message: 'a grant is needed' }
  }
}

/** The grants of a user, and those that they are a part of. Not those of others: an agent can ask all the time, and would make everybody wait. */
async function grantsOf({ username }: Identity, store: Store): Promise<{ readonly grants: readonly AccessGrant[]; readonly named: GrantByName }> {
  const { entries } = await store.list('accessgrants', { where: { field: SUBJECT, in: [username] } })
  const grants = entries.map((entry) => asGrant(fromEntry(entry)))
  const ancestors = new Map<string, AccessGrant>()
  for (const name of new Set(grants.flatMap(ancestorNames))) {
    const entry = await store.get('accessgrants', name)
    if (entry !== undefined) ancestors.set(name, asGrant(fromEntry(entry)))
  }
  return { grants, named: (name) => ancestors.get(name) }
}

const VISIBILITY = { accessrequests: visibilityOfRequests, breakglassreviews: visibilityOfReviews } as const

const MESSAGES: Readonly<Record<RequestVerdict['outcome'], string>> = {
  Refused: 'the request would not be accepted',
  Pending: 'the request would wait for approvers',
  Approved: 'the request would be granted at once',
}

/** Exactly one question: a verb on a resource, or an AccessRequest. @throws StatusError Invalid */
function checkAsked(spec: AccessReviewSpec): AccessReviewSpec {
  const named = (['verb', 'group', 'resource', 'subresource', 'namespace', 'name'] as const).filter((field) => spec[field] !== undefined)
  const missing = spec.request === undefined ? (['verb', 'resource'] as const).filter((field) => spec[field] === undefined) : []
  const causes = [
    ...missing.map((field) => ({ reason: 'FieldValueRequired', field: `spec.${field}`, message: 'Required value' }) as const),
    ...(spec.request === undefined ? [] : named).map(
      (field) => ({ reason: 'FieldValueForbidden', field: `spec.${field}`, message: 'Forbidden: leave it out with request' }) as const,
    ),
  ]
  if (causes.length > 0) throw invalid('AccessReview', '', causes)
  return spec
}

export function accessReview(deps: WriteDependencies & UnusableDependencies & ReviewedUserDependencies & { readonly requests: Kind }): VirtualKind {
  const names = {
    resource: 'accessreviews',
    singular: 'accessreview',
    kind: 'AccessReview',
    description:
      'Checks whether a request of the caller, or of another user, would be allowed, and if not, which access to request; or what would become of an AccessRequest.',
  }
  const kind = question(names, accessReviewSpecSchema, accessReviewStatusSchema)

  /** Why an AccessRequest for exactly this would be refused. */
  const whyUnusable = async (
    classified: Classified,
    by: {
      readonly identity: Identity
      readonly user: Identity
      readonly policies: readonly AccessPolicy[]
      readonly decision: Decision
      readonly isOperation: boolean
    },
  ): Promise<string | undefined> => {
    const all = applicablePolicies(by.policies, by.identity, deps.cluster)
    const chosen = all.find(({ metadata }) => metadata.name === by.decision.policy)
    if (chosen === undefined) return undefined
    const closed = whyClosed(all, deps.clock.nowMs())
    if (closed !== undefined) return closed
    const { maxUses } = strictestLimits(all)
    const asking = { rules: [ruleFor(classified)], reveal: [], maxUses, isOperation: by.isOperation, cluster: undefined, field: 'spec' }
    const [cause] = await unusableParts({ ...asking, requester: by.user, governing: { chosen, all } }, deps)
    return cause?.message.replace(/^Forbidden: /, '')
  }

  const whySuspended = async (user: Identity): Promise<object | undefined> => {
    const suspension = await suspensionOf(deps, user)
    if (suspension === undefined) return undefined
    return { allowed: false, message: `suspended by accesssuspension "${suspension.metadata.name}": ${suspension.spec.reason}` }
  }

  const answer = async (spec: { readonly [field: string]: unknown }, user: Identity): Promise<object> => {
    const identity = withTokenGroups(user)
    const classified = operationIn(spec)
    const policies = (await deps.store.list('accesspolicies')).entries.map((entry) => asPolicy(fromEntry(entry)))
    const where = deps.cluster === undefined ? {} : { cluster: deps.cluster }
    const unknown = { variables: objectsOf(classified), why: 'it comes with the request' }
    const input = { classified, identity, policies, evaluate: deps.evaluate, unknown, ...where }
    const decision = decide(input)
    const loosest = decision?.unseen === undefined ? undefined : decide({ ...input, reading: 'loosest' })
    if (decision === undefined) return { allowed: false, message: `no AccessPolicy governs "${user.username}"` }
    const { grants, named } = await grantsOf(identity, deps.store)
    const judgeBy = (of: Decision): Verdict => judge({ classified, identity, decision: of, grants, nowMs: deps.clock.nowMs(), named, ...where })
    const verdict = judgeBy(decision)
    const shared = { effect: decision.effect, policy: decision.policy, rule: decision.rule }
    if (decision.unseen !== undefined && loosest !== undefined && !alike(judgeBy(loosest), verdict))
      return {
        allowed: false,
        ...shared,
        message: `the result depends on the object, which the condition of rule "${decision.unseen.rule}" reads: send the request to find out`,
      }
    const problem =
      verdict.kind === 'ask'
        ? await whyUnusable(classified, { identity, user, policies, decision, isOperation: verdict.for === 'approval' })
        : undefined
    if (problem !== undefined) return { allowed: false, ...shared, message: `the request would be refused: ${problem}` }
    return { ...shared, ...answerOf(verdict, classified) }
  }

  /** What would become of an AccessRequest. The machinery checks a suspension of its user, too. */
  const answerRequest = async (asked: ReviewedRequest, user: Identity, caller: Identity): Promise<object> => {
    const sees = async (resource: keyof typeof VISIBILITY, name: string): Promise<boolean> => {
      const entry = await deps.store.get(resource, name)
      return entry !== undefined && (await (await VISIBILITY[resource](deps)(caller)).sees(fromEntry(entry)))
    }
    const request = await tryRequest(asked, { user, caller, requests: deps.requests, deps, sees })
    return { allowed: request.outcome === 'Approved', request, message: MESSAGES[request.outcome] }
  }

  return {
    kind,
    answer: async (request, caller) => {
      const spec = await specIn(request, kind)
      const given = checkAsked(spec)
      const user = await reviewedUser(given, caller, deps)
      const status =
        given.request === undefined ? ((await whySuspended(user)) ?? (await answer(spec, user))) : await answerRequest(given.request, user, caller)
      return { apiVersion: API_VERSION, kind: kind.kind, metadata: {}, spec, status }
    },
  }
}
