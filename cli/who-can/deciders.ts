import type { AccessRequest } from '../../domain/api/access-request.ts'
import { GROUP } from '../../domain/api/names.ts'
import { wouldCount } from '../../domain/approval/approval.ts'
import { namespacesOf } from '../../domain/approval/may-certify.ts'
import { bad, good, warning, type Finding } from '../../domain/doctor/finding.ts'
import { bindingName, subjectName, type RightHolder, type Right, type Rights } from '../doctor/rights.ts'

const approval = (name: string): Right => ({ verbs: ['update'], group: GROUP, resources: ['accessrequests/approval'], name })
const certify = (policy: string, namespace: string): Right => ({
  verbs: ['certify'],
  group: GROUP,
  resources: ['accesspolicies'],
  name: policy,
  ...(namespace === '' ? {} : { namespace }),
})

type Place = { readonly policy: string; readonly namespace: string; readonly holders: ReadonlyMap<string, RightHolder> }

const bySubject = (holders: readonly RightHolder[]): ReadonlyMap<string, RightHolder> =>
  new Map(holders.map((holder) => [subjectName(holder.subject), holder]))

/** Who holds `certify` in each place where an approval needs it: on every policy, in every namespace. */
function placesOf({ spec, status }: AccessRequest, rights: Rights): readonly Place[] {
  const policies = status?.policies ?? [spec.policy ?? '']
  return policies.flatMap((policy) =>
    namespacesOf({ spec } as AccessRequest).map((namespace) => ({
      policy,
      namespace,
      holders: bySubject(rights.holders(certify(policy, namespace))),
    })),
  )
}

const where = ({ policy, namespace }: Place): string =>
  `under policy "${policy}" ${namespace === '' ? 'at the cluster scope' : `in namespace ${namespace}`}`

function missing(place: Place): Finding {
  const { policy, namespace } = place
  const fix =
    namespace === ''
      ? 'kubectl create clusterrolebinding NAME --clusterrole=jit-approver --group=GROUP'
      : `kubectl -n ${namespace} create rolebinding NAME --clusterrole=jit-certifier --group=GROUP`
  return bad(`no binding lets anybody certify ${where({ policy, namespace, holders: place.holders })}`, fix)
}

type Status = AccessRequest['status']

/** Whether an approval would count for a group whose approval is missing. Other groups of the subject are not visible here. */
function counts({ subject: { kind, name } }: RightHolder, status: Status): boolean {
  const sought = status?.approvals?.missing ?? []
  return sought.length === 0 || wouldCount(sought, kind === 'Group' ? { username: '', groups: [name] } : { username: name })
}

function approver(
  subject: string,
  holder: RightHolder,
  { reviewers, status }: { readonly reviewers: ReadonlySet<string>; readonly status: Status },
): Finding {
  const { binding, all } = holder
  const how = `by ${bindingName(binding)}${all ? ', which allows everything' : ''}`
  if (!counts(holder, status)) return warning(`${subject} may approve, ${how}, and is named in none of the approval groups that are missing`)
  return reviewers.has(subject) ? warning(`${subject} could approve, ${how}, and has decided already`) : good(`${subject} can approve, ${how}`)
}

/** Has one of the two rights. Another binding, of a group for example, may give the other one. */
function halves(places: readonly Place[], writers: ReadonlyMap<string, RightHolder>): readonly Finding[] {
  const everywhere = [...(places[0]?.holders.keys() ?? [])].filter((subject) => places.every(({ holders }) => holders.has(subject)))
  const noWrite = everywhere.filter((subject) => !writers.has(subject))
  const some = new Set(places.flatMap(({ holders }) => [...holders.keys()]).filter((subject) => !everywhere.includes(subject)))
  return [
    ...noWrite.map((subject) =>
      warning(`${subject} may certify, and no binding of it gives update on accessrequests/approval; one of its groups may`),
    ),
    ...[...some].map((subject) => {
      const lacks = places.filter(({ holders }) => !holders.has(subject)).map(where)
      return warning(`${subject} may certify, but not ${lacks.join(', nor ')}`)
    }),
  ]
}

/** Who could approve the request, as far as RBAC says: `update accessrequests/approval`, and `certify` in every place that the request touches. */
export function decidersOf(request: AccessRequest, rights: Rights): readonly Finding[] {
  const requester = request.spec.requester?.username ?? ''
  const places = placesOf(request, rights)
  const writers = bySubject(rights.holders(approval(request.metadata.name)))
  const reviewers = new Set((request.status?.reviews ?? []).map(({ reviewer }) => `User ${reviewer.username}`))
  const [first] = places
  const able = [...(first?.holders ?? [])].filter(([subject]) => {
    if (subject.toLowerCase() === `user ${requester.toLowerCase()}`) return false
    return writers.has(subject) && places.every(({ holders }) => holders.has(subject))
  })
  const found = [
    ...places.filter(({ holders }) => holders.size === 0).map(missing),
    ...able.map(([subject, holder]) => approver(subject, holder, { reviewers, status: request.status })),
    ...halves(places, writers),
  ]
  const hasApprover = found.some(({ verdict }) => verdict === 'good')
  if (hasApprover || found.some(({ verdict }) => verdict === 'bad')) return found
  return [bad('no binding gives anybody, who has not decided already, every right that an approval needs', 'kubectl certify policy lint'), ...found]
}
