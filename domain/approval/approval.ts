import type { AccessPolicy, Risk } from '../api/access-policy.ts'
import type { ApprovalGroup } from '../api/approvals/policy-approvals.ts'
import type { Missing } from '../api/approvals/approvals-status.ts'
import { RISKS } from '../api/approvals/risk.ts'
import { sameUser } from '../identity.ts'
import { namesIdentity, usernameOf } from '../api/subject.ts'
import { matching, reaching, type Sought } from './matching.ts'

/** A user that approves, or may. */
export type Approver = { readonly username: string; readonly uid?: string; readonly groups?: readonly string[] }

const DEFAULT_REQUIRED = 1

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const placesOf = (groups: readonly ApprovalGroup[]): readonly number[] => groups.map(({ required = DEFAULT_REQUIRED }) => required)

/** The number of distinct users that one policy requires for a risk. A risk needs at least what the lower risks need. */
function requiredBy({ spec: { approvals = {} } }: AccessPolicy, risk: Risk): number {
  const { required = DEFAULT_REQUIRED, requiredByRisk = {}, groups = [] } = approvals
  const upTo = RISKS.slice(0, RISKS.indexOf(risk) + 1).map((each) => requiredByRisk[each] ?? 0)
  return Math.max(required, ...upTo, sum(placesOf(groups)))
}

/** The number of distinct users that must approve a request: the highest of all policies. */
export const requiredApprovals = (policies: readonly AccessPolicy[], risk: Risk): number =>
  Math.max(DEFAULT_REQUIRED, ...policies.map((policy) => requiredBy(policy, risk)))

/** One of each user, however the name is spelled. Later spellings are dropped. */
export const distinct = (approvers: readonly Approver[]): readonly Approver[] =>
  approvers.filter((each, index) => approvers.findIndex((other) => sameUser(other, each)) === index)

function missingInGroups({ metadata, spec }: AccessPolicy, approvers: readonly Approver[]): readonly Missing[] {
  const groups = spec.approvals?.groups ?? []
  const belongs = (who: Approver, { subjects }: ApprovalGroup): boolean => subjects.some((subject) => namesIdentity(subject, who))
  const sought: Sought = {
    of: approvers.map((who) => [...groups.keys()].filter((index) => groups.slice(index, index + 1).some((group) => belongs(who, group)))),
    places: placesOf(groups),
  }
  const found = matching(sought)
  return found.open.flatMap((count, index) => {
    if (count === 0) return []
    const any = reaching(index, sought, found).flatMap((each) => groups.slice(each, each + 1))
    return [{ count, policy: metadata.name, groups: any.map(({ name }) => name), subjects: any.flatMap(({ subjects }) => subjects) }]
  })
}

/** What is missing of the consent, and from whom. */
export type Progress = { readonly required: number; readonly given: number; readonly missing: readonly Missing[] }

/**
 * What a request still needs under all policies that govern its requester. The groups of each policy must be satisfied, where a user counts for one
 * group of a policy only; the same user may count for groups of several policies.
 * @param approved the users whose approvals count
 */
export function progressOf(policies: readonly AccessPolicy[], risk: Risk, approved: readonly Approver[]): Progress {
  const approvers = distinct(approved)
  const required = requiredApprovals(policies, risk)
  const byPolicy = policies.map((policy) => missingInGroups(policy, approvers))
  const inGroups = Math.max(0, ...byPolicy.map((missing) => sum(missing.map(({ count }) => count))))
  const others = required - approvers.length - inGroups
  return { required, given: approvers.length, missing: [...byPolicy.flat(), ...(others > 0 ? [{ count: others }] : [])] }
}

/**
 * Whether the approval of a user would count for something that is missing. The same rule decides for whom a request waits and whose approval is
 * accepted. Does not check the right to certify.
 */
export const wouldCount = (missing: readonly Missing[], who: Approver): boolean =>
  missing.some(({ subjects }) => subjects === undefined || subjects.some((subject) => namesIdentity(subject, who)))

/**
 * Groups that can never be satisfied, with the number of users that they lack, judged by the groups that name users alone: nobody can join those.
 */
export function certainlyMissing(groups: readonly ApprovalGroup[]): readonly { readonly index: number; readonly count: number }[] {
  const closed = groups.flatMap(({ subjects, required = 1 }, index) => {
    const names = subjects.map(usernameOf).filter((name) => name !== undefined)
    return names.length < subjects.length ? [] : [{ index, required, names }]
  })
  const named = closed.flatMap(({ names }) => names)
  const users = named.filter((name, at) => named.findIndex((other) => sameUser({ username: other }, { username: name })) === at)
  const of = users.map((name) =>
    closed.flatMap(({ names }, at) => (names.some((other) => sameUser({ username: other }, { username: name })) ? [at] : [])),
  )
  const { open } = matching({ of, places: closed.map(({ required }) => required) })
  return closed.flatMap(({ index }, at) => ((open[at] ?? 0) > 0 ? [{ index, count: open[at] ?? 0 }] : []))
}
