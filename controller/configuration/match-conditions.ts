import type { AccessPolicy, PolicySubject } from '../../domain/api/access-policy.ts'
import { AGENTS_CEL, isExemptSubject, NEVER_GOVERNED_CEL } from '../../domain/policy/never-governed.ts'

/** A condition of admissionregistration/v1. */
export type MatchCondition = { readonly name: string; readonly expression: string }
/** Users and groups that the policies name: the parameter of the ValidatingAdmissionPolicy, which cannot use the match conditions. */
export type GovernedNames = { readonly users: readonly string[]; readonly groups: readonly string[] }
/** A policy subject that is exempt from governance, and the policy that names it. */
export type ExemptSubject = { readonly policy: string; readonly subject: PolicySubject }

/** A CEL string literal. Every character outside a safe set is written as a code point escape, so no name can end the literal. */
export function celString(value: string): string {
  const escaped = Array.from(value.toWellFormed(), (char) =>
    /^[\w .:@/+=-]$/.test(char) ? char : `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  return `'${escaped.join('')}'`
}

const usernameOf = ({ kind, name, namespace }: PolicySubject): string | undefined => {
  if (kind === 'Group') return undefined
  return kind === 'User' ? name : `system:serviceaccount:${namespace ?? ''}:${name}`
}

const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort()
const literals = (values: readonly string[]): string => values.map(celString).join(', ')

/**
 * The condition under which kube-apiserver calls the webhook: for the gateway's agents always, and for the subjects of policies that apply
 * to this cluster. Requests of all other users never reach the webhook, so its outage does not affect them. The text depends only on the
 * policies, not on their order.
 */
export function matchConditionsFor(
  policies: readonly AccessPolicy[],
  cluster?: string,
): { readonly conditions: readonly MatchCondition[]; readonly names: GovernedNames; readonly exempt: readonly ExemptSubject[] } {
  const here = policies.filter(({ spec }) => spec.clusters === undefined || (cluster !== undefined && spec.clusters.includes(cluster)))
  const subjects = here.flatMap(({ metadata, spec }) => spec.subjects.map((subject) => ({ policy: metadata.name, subject })))
  const governed = subjects.map(({ subject }) => subject).filter((subject) => !isExemptSubject(subject))
  const names: GovernedNames = {
    users: sorted(governed.map(usernameOf).filter((name) => name !== undefined)),
    groups: sorted(governed.filter(({ kind }) => kind === 'Group').map(({ name }) => name)),
  }
  const [users, groups] = [literals(names.users), literals(names.groups)]
  const named = [
    ...(users === '' ? [] : [`request.userInfo.username in [${users}]`]),
    ...(groups === '' ? [] : [`(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in [${groups}]))`]),
  ]
  const expression = named.length === 0 ? AGENTS_CEL : `${AGENTS_CEL} || ((${named.join(' || ')}) && !(${NEVER_GOVERNED_CEL}))`
  return { conditions: [{ name: 'governed', expression }], names, exempt: subjects.filter(({ subject }) => isExemptSubject(subject)) }
}
