import type { AccessPolicy } from '../../api/access-policy.ts'
import { baselineGroup, elevatedGroup } from '../../api/names.ts'
import { escapedLine } from '../../api/plain-text.ts'
import type { ImpersonationMode } from './impersonation-fix.ts'
import type { Statement } from './statement.ts'

/** One access review and its result. */
export type PermissionAnswer = {
  /** For example `delete deployments.apps in namespace "shop"`. */
  readonly says: string
  /** The resource in kubectl's notation, for example `deployments.apps`. */
  readonly kind: string
  readonly subresource: string
  readonly isAllowed: boolean
  /** The rule that names it. Absent when it is one of the things that agents commonly do. */
  readonly rule?: string
  /** Whether a role that is bound in a single namespace could not allow it either. */
  readonly isSure: boolean
}

/** What RBAC allows the agents of a policy to do: of what the policy allows without a grant, and of what it requires a grant for. */
export type Permissions =
  | {
      readonly free: readonly PermissionAnswer[]
      readonly granted: readonly PermissionAnswer[]
      /** Whether agents may create AccessRequests; without this permission no grant is possible. */
      readonly mayAsk: boolean
      readonly mode: ImpersonationMode
    }
  /** The access review failed. */
  | { readonly unknown: string }

/** A statement, and whether it prevents the policy from working. */
type Assessment = { readonly statement: Statement; readonly hinders: boolean }

const MAX_NAMED = 16

function list(answers: readonly PermissionAnswer[]): string {
  const says = [...new Set(answers.map((answer) => answer.says))]
  const more = says.length > MAX_NAMED ? ` and ${says.length - MAX_NAMED} more` : ''
  return escapedLine(`${says.slice(0, MAX_NAMED).join(', ')}${more}`)
}

/** Resource names that are safe in a shell: admins paste them, and they come from a policy. */
const PLAIN_KIND = /^[a-z0-9][a-z0-9.-]*$/

/** Subresources that `policy-rbac --resource` covers. The policy's own roles cover all others. */
const OF_KIND: ReadonlySet<string> = new Set(['', 'status', 'scale'])

const commandFor = (policy: string, mode: ImpersonationMode, flags: readonly string[]): string =>
  ['kubectl certify policy-rbac', policy, ...flags, ...(mode === 'classic' ? ['--classic'] : []), '| kubectl apply -f -'].join(' ')

/** The command that grants the missing permissions. @param isBare no permission exists: the command then creates all roles of the policy */
function fixCommand(
  policy: string,
  { mode, missing, isBare }: { readonly mode: ImpersonationMode; readonly missing: readonly PermissionAnswer[]; readonly isBare: boolean },
): string {
  const kinds = [...new Set(missing.map(({ kind }) => kind))].slice(0, MAX_NAMED)
  const isByKind = !isBare && missing.every(({ subresource, kind }) => OF_KIND.has(subresource) && PLAIN_KIND.test(kind))
  return commandFor(policy, mode, isByKind ? kinds.map((kind) => `--resource=${kind}`) : [])
}

type Words = {
  readonly type: 'Permitted' | 'Grantable'
  readonly group: string
  /** Reasons for: nothing to allow, nothing allowed, some not allowed, all allowed. */
  readonly reasons: readonly [empty: string, nothing: string, less: string, enough: string]
  readonly empty: string
  readonly can: string
  readonly nothing: string
}

function assess(policy: string, answers: readonly PermissionAnswer[], by: { readonly mode: ImpersonationMode; readonly words: Words }): Assessment {
  const { mode, words } = by
  const { type, group, reasons } = words
  const [empty, nothing, less, enough] = reasons
  if (answers.length === 0) return { statement: { type, status: 'True', reason: empty, message: words.empty }, hinders: false }
  const allowed = answers.filter(({ isAllowed }) => isAllowed)
  const missing = answers.filter(({ isAllowed }) => !isAllowed)
  const named = missing.filter(({ rule }) => rule !== undefined)
  if (allowed.length === 0) {
    const isSure = missing.every((answer) => answer.isSure)
    const unless = isSure ? '' : ', unless roles are bound in single namespaces, which is not checked'
    const message = `RBAC does not let the group "${group}" ${list(missing)}: ${words.nothing}${unless}. To allow it:\n${fixCommand(policy, { mode, missing, isBare: true })}`
    return { statement: { type, status: isSure ? 'False' : 'Unknown', reason: nothing, message }, hinders: true }
  }
  if (named.length > 0) {
    const rules = escapedLine([...new Set(named.map(({ rule }) => `"${rule ?? ''}"`))].slice(0, MAX_NAMED).join(', '))
    const message = `RBAC does not let the group "${group}" ${list(named)}, which rules name: ${rules}. To allow it:\n${fixCommand(policy, { mode, missing: named, isBare: false })}`
    return { statement: { type, status: 'False', reason: less, message }, hinders: false }
  }
  const rest = missing.length === 0 ? '' : `; RBAC does not let them ${list(missing)}`
  return { statement: { type, status: 'True', reason: enough, message: `${words.can} ${list(allowed)}${rest}` }, hinders: false }
}

const notChecked = (type: Words['type'], why: string): Assessment => ({
  statement: { type, status: 'Unknown', reason: 'NotAsked', message: why },
  hinders: true,
})

/** Whether RBAC allows agents any of what the policy allows without a grant. */
export function permitted({ metadata: { name } }: AccessPolicy, permissions: Permissions): Assessment {
  const type = 'Permitted'
  if ('unknown' in permissions) return notChecked(type, permissions.unknown)
  const words: Words = {
    type,
    group: baselineGroup(name),
    reasons: ['NothingFree', 'NothingPermitted', 'BeyondRBAC', 'PermittedByRBAC'],
    empty: 'the policy lets nothing pass without a grant',
    can: 'without a grant its agents can',
    nothing: 'its agents can do nothing without a grant',
  }
  return assess(name, permissions.free, { mode: permissions.mode, words })
}

/** Whether a grant can give any of what the policy requires a grant for. */
export function grantable({ metadata: { name } }: AccessPolicy, permissions: Permissions): Assessment {
  const type = 'Grantable'
  if ('unknown' in permissions) return notChecked(type, permissions.unknown)
  const { granted, mode, mayAsk } = permissions
  const words: Words = {
    type,
    group: elevatedGroup(name),
    reasons: ['NothingToGrant', 'NothingGrantable', 'BeyondCeiling', 'WithinCeiling'],
    empty: 'the policy requires a grant for nothing',
    can: 'under a grant its agents can',
    nothing: 'no grant gives anything',
  }
  if (mayAsk || granted.length === 0) return assess(name, granted, { mode, words })
  const message = `RBAC does not let the group "${baselineGroup(name)}" create accessrequests.jit.access: its agents cannot request access. To allow it:\n${commandFor(name, mode, [])}`
  return { statement: { type, status: 'False', reason: 'AskForbidden', message }, hinders: true }
}
