import type { AccessPolicy } from '../../api/access-policy.ts'
import { baselineGroup, elevatedGroup } from '../../api/names.ts'
import { escapedLine } from '../../api/plain-text.ts'
import type { ImpersonationMode } from './impersonation-fix.ts'
import type { Statement } from './statement.ts'

/** One thing that RBAC was asked about. */
export type Answer = {
  /** As `delete deployments.apps in namespace "shop"`. */
  readonly says: string
  /** Its kind as kubectl takes it, as `deployments.apps`. */
  readonly kind: string
  readonly subresource: string
  readonly isAllowed: boolean
  /** A rule names it; else it is one of the things that agents commonly do. */
  readonly rule?: string
  /** A role that is bound in one namespace could not allow it. */
  readonly isSure: boolean
}

/** What RBAC lets the agents of a policy do of what the policy lets pass by itself, and of what it wants a grant for. */
export type Permissions =
  | {
      readonly free: readonly Answer[]
      readonly granted: readonly Answer[]
      /** Whether agents may create AccessRequests, without which nothing is granted. */
      readonly mayAsk: boolean
      readonly mode: ImpersonationMode
    }
  /** It could not be asked. */
  | { readonly unknown: string }

/** A statement, and whether the policy cannot work for it. */
type Said = { readonly statement: Statement; readonly hinders: boolean }

const MAX_NAMED = 16

function list(answers: readonly Answer[]): string {
  const says = [...new Set(answers.map((answer) => answer.says))]
  const more = says.length > MAX_NAMED ? ` and ${says.length - MAX_NAMED} more` : ''
  return escapedLine(`${says.slice(0, MAX_NAMED).join(', ')}${more}`)
}

/** A kind is pasted into a shell, and comes from a policy. */
const PLAIN_KIND = /^[a-z0-9][a-z0-9.-]*$/

/** What `policy-rbac --resource` gives of a kind. All else comes with the policy's own roles. */
const OF_KIND: ReadonlySet<string> = new Set(['', 'status', 'scale'])

const commandFor = (policy: string, mode: ImpersonationMode, flags: readonly string[]): string =>
  ['kubectl certify policy-rbac', policy, ...flags, ...(mode === 'classic' ? ['--classic'] : []), '| kubectl apply -f -'].join(' ')

/** The command that gives what is missing. @param isBare nothing is there: then all roles of a policy are wanted */
function mend(
  policy: string,
  { mode, missing, isBare }: { readonly mode: ImpersonationMode; readonly missing: readonly Answer[]; readonly isBare: boolean },
): string {
  const kinds = [...new Set(missing.map(({ kind }) => kind))].slice(0, MAX_NAMED)
  const isByKind = !isBare && missing.every(({ subresource, kind }) => OF_KIND.has(subresource) && PLAIN_KIND.test(kind))
  return commandFor(policy, mode, isByKind ? kinds.map((kind) => `--resource=${kind}`) : [])
}

type Words = {
  readonly type: 'Permitted' | 'Grantable'
  readonly group: string
  /** Reasons when there is nothing to allow, none of it is, some of it is not, and all is well. */
  readonly reasons: readonly [empty: string, nothing: string, less: string, enough: string]
  readonly empty: string
  readonly can: string
  readonly nothing: string
}

function said(policy: string, answers: readonly Answer[], by: { readonly mode: ImpersonationMode; readonly words: Words }): Said {
  const { mode, words } = by
  const { type, group, reasons } = words
  const [empty, nothing, less, enough] = reasons
  if (answers.length === 0) return { statement: { type, status: 'True', reason: empty, message: words.empty }, hinders: false }
  const allowed = answers.filter(({ isAllowed }) => isAllowed)
  const missing = answers.filter(({ isAllowed }) => !isAllowed)
  const named = missing.filter(({ rule }) => rule !== undefined)
  if (allowed.length === 0) {
    const isSure = missing.every((answer) => answer.isSure)
    const unless = isSure ? '' : ', unless roles are bound in single namespaces, which is not asked'
    const message = `RBAC does not let the group "${group}" ${list(missing)}: ${words.nothing}${unless}. To let it:\n${mend(policy, { mode, missing, isBare: true })}`
    return { statement: { type, status: isSure ? 'False' : 'Unknown', reason: nothing, message }, hinders: true }
  }
  if (named.length > 0) {
    const rules = escapedLine([...new Set(named.map(({ rule }) => `"${rule ?? ''}"`))].slice(0, MAX_NAMED).join(', '))
    const message = `RBAC does not let the group "${group}" ${list(named)}, which rules name: ${rules}. To let it:\n${mend(policy, { mode, missing: named, isBare: false })}`
    return { statement: { type, status: 'False', reason: less, message }, hinders: false }
  }
  const rest = missing.length === 0 ? '' : `; RBAC does not let them ${list(missing)}`
  return { statement: { type, status: 'True', reason: enough, message: `${words.can} ${list(allowed)}${rest}` }, hinders: false }
}

const unasked = (type: Words['type'], why: string): Said => ({
  statement: { type, status: 'Unknown', reason: 'NotAsked', message: why },
  hinders: true,
})

/** Whether RBAC lets agents do anything of what the policy allows by itself. */
export function permitted({ metadata: { name } }: AccessPolicy, permissions: Permissions): Said {
  const type = 'Permitted'
  if ('unknown' in permissions) return unasked(type, permissions.unknown)
  const words: Words = {
    type,
    group: baselineGroup(name),
    reasons: ['NothingFree', 'NothingPermitted', 'BeyondRBAC', 'PermittedByRBAC'],
    empty: 'the policy lets nothing pass without a grant',
    can: 'without a grant its agents can',
    nothing: 'its agents can do nothing by themselves',
  }
  return said(name, permissions.free, { mode: permissions.mode, words })
}

/** Whether a grant can give anything of what the policy wants a grant for. */
export function grantable({ metadata: { name } }: AccessPolicy, permissions: Permissions): Said {
  const type = 'Grantable'
  if ('unknown' in permissions) return unasked(type, permissions.unknown)
  const { granted, mode, mayAsk } = permissions
  const words: Words = {
    type,
    group: elevatedGroup(name),
    reasons: ['NothingToGrant', 'NothingGrantable', 'BeyondCeiling', 'WithinCeiling'],
    empty: 'the policy wants a grant for nothing',
    can: 'under a grant its agents can',
    nothing: 'no grant gives anything',
  }
  if (mayAsk || granted.length === 0) return said(name, granted, { mode, words })
  const message = `RBAC does not let the group "${baselineGroup(name)}" create accessrequests.jit.access: its agents can ask for nothing. To let it:\n${commandFor(name, mode, [])}`
  return { statement: { type, status: 'False', reason: 'AskForbidden', message }, hinders: true }
}
