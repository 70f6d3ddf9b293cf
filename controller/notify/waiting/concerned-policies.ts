import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { serviceAccountGroups } from '../../../domain/api/names.ts'
import { usernameOf, type Subject } from '../../../domain/api/subject.ts'
import { accountOf } from '../../../domain/identity.ts'

const account = (username: string): string => accountOf(username.toLowerCase())

/** Whether two subjects name the same user or group, or one is a group that the ServiceAccount is always in. */
function isSame(suspended: Subject, governed: Subject): boolean {
  const [one, other] = [usernameOf(suspended), usernameOf(governed)]
  if (one !== undefined && other !== undefined) return account(one) === account(other)
  if (one === undefined && other === undefined) return suspended.name === governed.name
  return suspended.kind === 'ServiceAccount' && serviceAccountGroups(suspended.namespace ?? '').includes(governed.name)
}

function hasAsked(suspended: Subject, { spec }: AccessRequest): boolean {
  const { username = '', groups = [] } = spec.requester ?? {}
  const one = usernameOf(suspended)
  return one === undefined ? groups.includes(suspended.name) : account(one) === account(username)
}

/** By the subjects of the policies, and by the requests that the subject filed. All policies if neither names one. */
function policiesOfSubject(subject: Subject, policies: readonly AccessPolicy[], requests: readonly AccessRequest[]): readonly AccessPolicy[] {
  const asked = new Set(
    requests.filter((request) => hasAsked(subject, request)).flatMap(({ spec, status }) => [spec.policy, ...(status?.policies ?? [])]),
  )
  const found = policies.filter(({ metadata, spec }) => asked.has(metadata.name) || spec.subjects.some((governed) => isSame(subject, governed)))
  return found.length === 0 ? policies : found
}

/**
 * The policies whose agents a suspension stops. Which groups a user is in is not known here: what the subject asked for before says which policies govern
 * it, and without a trace of it all policies are concerned, so that none is silent.
 */
export function concernedPolicies(
  { spec }: AccessSuspension,
  policies: readonly AccessPolicy[],
  requests: readonly AccessRequest[],
): readonly AccessPolicy[] {
  if (spec.all === true) return policies
  if (spec.policy !== undefined) return policies.filter(({ metadata }) => metadata.name === spec.policy)
  const found = new Set((spec.subjects ?? []).flatMap((subject) => policiesOfSubject(subject, policies, requests)))
  return [...found]
}
