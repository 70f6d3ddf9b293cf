import { isForCluster } from '../governs.ts'
import type { AccessPolicy } from '../../api/access-policy.ts'
import { conditionOf, type Condition } from '../../api/conditions.ts'
import { matchFaults, unservedFaults } from '../match/match-faults.ts'
import type { FieldFault } from '../conditions/typed-conditions.ts'
import type { Discovered } from '../../served-resource.ts'
import { isExemptSubject } from '../never-governed.ts'
import { grantable, permitted, type Permissions } from './permitted.ts'
import type { Statement } from './statement.ts'

const MAX_FAULTS = 16

/** Result of an attempt to impersonate a policy's groups. */
export type Impersonation =
  | { readonly can: 'yes' }
  /** `refused`: what kube-apiserver does not let the gateway impersonate. `fix`: the command that fixes it. */
  | { readonly can: 'no'; readonly refused: string; readonly fix: string }
  | { readonly can: 'unknown'; readonly why: string }

function applicable(policy: AccessPolicy, cluster: string | undefined): Statement {
  const { clusters } = policy.spec
  if (clusters === undefined)
    return { type: 'Applicable', status: 'True', reason: 'EveryCluster', message: 'it names no clusters, so it applies in every cluster' }
  if (isForCluster(policy, cluster))
    return { type: 'Applicable', status: 'True', reason: 'NamedCluster', message: `it names this cluster, "${cluster}"` }
  if (cluster === undefined)
    return {
      type: 'Applicable',
      status: 'False',
      reason: 'UnnamedCluster',
      message:
        'it names clusters, and this cluster has no name, so it applies to no agent here: set "cluster" in the configurations of gateway, webhook and controller',
    }
  return {
    type: 'Applicable',
    status: 'False',
    reason: 'OtherCluster',
    message: `it names clusters, but not this one, "${cluster}", so it applies to no agent here: add the cluster to spec.clusters if it should`,
  }
}

function problemOf({ spec }: AccessPolicy, compiles: (condition: string) => string | undefined): string | undefined {
  const exempt = spec.subjects.find(isExemptSubject)
  if (exempt !== undefined) return `subject ${exempt.kind} "${exempt.name}" names identities of the cluster itself, which are never governed`
  for (const { name, match } of spec.rules ?? []) {
    const [fault] = matchFaults(match ?? {})
    if (fault !== undefined) return `rule "${name}" can match no request because of match.${fault.field}: ${fault.message}`
    const problem = match?.condition === undefined ? undefined : compiles(match.condition)
    if (problem !== undefined) return `the condition of rule "${name}" is not valid CEL, so every request that it applies to is refused: ${problem}`
  }
  return undefined
}

/** The server refuses invalid policies. This finds policies that an older release accepted. */
function valid(policy: AccessPolicy, compiles: (condition: string) => string | undefined): Statement {
  const problem = problemOf(policy, compiles)
  if (problem === undefined) return { type: 'Valid', status: 'True', reason: 'Understood', message: 'its subjects and conditions can be used' }
  return { type: 'Valid', status: 'False', reason: 'NotUnderstood', message: problem }
}

function impersonable(impersonation: Impersonation): Statement {
  const type = 'Impersonable'
  switch (impersonation.can) {
    case 'yes':
      return { type, status: 'True', reason: 'Impersonated', message: "the gateway can act with the policy's groups" }
    case 'no':
      return {
        type,
        status: 'False',
        reason: 'ImpersonationForbidden',
        message: `the gateway may not act with ${impersonation.refused}, so every request of the agents of this policy fails. To allow it:\n${impersonation.fix}`,
      }
    case 'unknown':
      return { type, status: 'Unknown', reason: 'NotTried', message: impersonation.why }
  }
}

/** A rule for a resource that the cluster does not serve never matches. It may be a typing error, or for a resource that is installed later. */
function served({ spec }: AccessPolicy, discovered: Discovered | undefined): Statement {
  const type = 'Served'
  if (discovered === undefined)
    return { type, status: 'Unknown', reason: 'NotKnown', message: 'the discovery documents of kube-apiserver cannot be read' }
  const faults = (spec.rules ?? []).flatMap(({ name, match }) =>
    unservedFaults(discovered, match ?? {}).map(({ field, message }) => `rule "${name}", match.${field}: ${message}`),
  )
  if (faults.length === 0) return { type, status: 'True', reason: 'AllServed', message: 'the cluster serves every resource that its rules name' }
  return { type, status: 'False', reason: 'NotServed', message: faults.slice(0, MAX_FAULTS).join('\n') }
}

const formatFields = (faults: readonly FieldFault[]): string =>
  faults
    .slice(0, MAX_FAULTS)
    .map(({ rule, message }) => `rule "${rule}", match.condition: ${message}`)
    .join('\n')

/** The server refuses unknown fields. A schema may have changed since, or may not have been readable then. */
function typed(faults: readonly FieldFault[]): Statement {
  const type = 'Typed'
  const missing = faults.filter(({ kind }) => kind === 'missing')
  if (missing.length > 0) return { type, status: 'False', reason: 'UnknownField', message: formatFields(missing) }
  if (faults.length > 0) return { type, status: 'Unknown', reason: 'NotKnown', message: formatFields(faults) }
  return {
    type,
    status: 'True',
    reason: 'FieldsKnown',
    message: 'the schemas of the resources that its rules name have every field that its conditions read',
  }
}

/**
 * A condition may be cheap for one request and too expensive for the next, so its cost is not known in advance. Once it was too expensive, the status
 * stays until the policy changes: gateways that did not observe it do not revert it, and an agent that sends such requests causes only one status
 * change.
 */
function affordable(policy: AccessPolicy, isExpensive: (condition: string) => boolean): Statement {
  const type = 'Affordable'
  const { metadata, spec, status } = policy
  const previous = conditionOf(status?.conditions, type)
  if (previous?.status === 'False' && previous.observedGeneration === metadata.generation)
    return { type, status: 'False', reason: previous.reason ?? '', message: previous.message ?? '' }
  const rule = spec.rules?.find(({ match }) => match?.condition !== undefined && isExpensive(match.condition))
  if (rule === undefined) return { type, status: 'True', reason: 'Cheap', message: 'none of its conditions has used up the steps of a request' }
  return {
    type,
    status: 'False',
    reason: 'TooExpensive',
    message: `the condition of rule "${rule.name}" used up the steps of a request, which was refused with a 503: it is too expensive for what the rule is applied to. Avoid nested loops over lists of the object, check request and user before the object, or name fewer resources`,
  }
}

function ready(parts: readonly Statement[]): Statement {
  const worst = parts.find(({ status }) => status === 'False') ?? parts.find(({ status }) => status === 'Unknown')
  if (worst === undefined) return { type: 'Ready', status: 'True', reason: 'Ready', message: 'the policy can work' }
  return { type: 'Ready', status: worst.status, reason: worst.reason, message: `see the condition ${worst.type}` }
}

/** The status conditions of a policy: first Ready, then the reasons for it. */
export function policyStatements(
  policy: AccessPolicy,
  facts: {
    readonly impersonation: Impersonation
    readonly cluster?: string
    readonly permissions: Permissions
    /** What the cluster serves. Undefined when not known. */
    readonly discovered?: Discovered | undefined
    /** The problem with a CEL condition. Undefined when it is valid. */
    readonly compiles: (condition: string) => string | undefined
    /** Problems with the fields that the conditions read. */
    readonly fieldFaults: readonly FieldFault[]
    /** Whether a condition has used up the steps of a request. */
    readonly isExpensive: (condition: string) => boolean
  },
): readonly [Statement, ...Statement[]] {
  const parts = [applicable(policy, facts.cluster), valid(policy, facts.compiles), impersonable(facts.impersonation)]
  const given = [permitted(policy, facts.permissions), grantable(policy, facts.permissions)]
  const hindering = given.filter(({ hinders }) => hinders).map(({ statement }) => statement)
  return [
    ready([...parts, ...hindering]),
    ...parts,
    ...given.map(({ statement }) => statement),
    served(policy, facts.discovered),
    typed(facts.fieldFaults),
    affordable(policy, facts.isExpensive),
  ]
}

const saysSame = (condition: Condition, { status, reason, message }: Statement, generation: number): boolean =>
  condition.status === status && condition.reason === reason && condition.message === message && condition.observedGeneration === generation

/** The policy's conditions with these statements merged in; conditions of other owners stay. Undefined when nothing changes. */
export function conditionsWith(policy: AccessPolicy, statements: readonly Statement[], now: string): readonly Condition[] | undefined {
  const before = policy.status?.conditions ?? []
  const generation = policy.metadata.generation ?? 0
  const ours = statements.map((statement): Condition => {
    const old = before.find(({ type }) => type === statement.type)
    if (old !== undefined && saysSame(old, statement, generation)) return old
    const since = old?.status === statement.status ? old.lastTransitionTime : undefined
    return { ...statement, observedGeneration: generation, lastTransitionTime: since ?? now }
  })
  if (ours.every((condition) => before.includes(condition))) return undefined
  return [...ours, ...before.filter(({ type }) => !statements.some((statement) => statement.type === type))]
}
