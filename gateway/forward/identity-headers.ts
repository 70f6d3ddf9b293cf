import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { AGENT_USER, EXTRA } from '../../domain/api/names.ts'
import { actingGroups } from '../../domain/policy/acting-groups.ts'
import type { HeaderLines } from '../ports.ts'
import type { Caller } from '../steps.ts'

/** The agent that a call impersonates, and the groups that it uses. */
export type Acting = {
  readonly caller: Caller
  readonly auditID: string
  /** Policies that govern the caller. Their baseline groups are used, and the token groups that they let through. */
  readonly policies: readonly AccessPolicy[]
  /** Policy whose elevated group is used. Only with an active grant, or for the dry run that a hold shows to approvers. */
  readonly elevated?: string
  readonly grant?: string
  /** Set on calls that the gateway makes on behalf of the agent, never on forwarded requests. */
  readonly hold?: 'file' | 'preview'
}

/** Encodes UTF-8 for a header: Node and undici write each character as one byte, and kube-apiserver reads the bytes as UTF-8, as client-go does. */
const utf8 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1')

const extra = (key: string, value: string): readonly [string, string] => [`Impersonate-Extra-${encodeURIComponent(key)}`, utf8(value)]

/** Cache of the header lines that are the same for all requests of a caller under the same policies. */
const lasting = new WeakMap<Caller, { readonly acting: Acting; readonly lines: HeaderLines }>()

function lastingLines(acting: Acting): HeaderLines {
  const { caller, policies, elevated } = acting
  const known = lasting.get(caller)
  if (known !== undefined && known.acting.elevated === elevated && sameItems(known.acting.policies, policies)) return known.lines
  const lines: HeaderLines = [
    ['Impersonate-User', AGENT_USER],
    ...actingGroups(caller.identity.groups, policies, elevated).map((group) => ['Impersonate-Group', utf8(group)] as const),
    extra(EXTRA.user, caller.identity.username),
    ...(caller.issuer === undefined ? [] : [extra(EXTRA.issuer, caller.issuer)]),
    ...caller.identity.groups.map((group) => extra(EXTRA.tokenGroups, group)),
    extra(EXTRA.session, caller.session),
  ]
  lasting.set(caller, { acting, lines })
  return lines
}

const sameItems = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

/**
 * Returns the identity headers for kube-apiserver. Uses nothing from the client except its verified claims. Must be added last, to headers that
 * contain none of these names. Relies on the token step, which refuses names with control characters and with leading or trailing blanks.
 */
export function identityHeaders(acting: Acting): HeaderLines {
  return [
    ...lastingLines(acting),
    ...(acting.grant === undefined ? [] : [extra(EXTRA.grant, acting.grant)]),
    extra(EXTRA.request, acting.auditID),
    ...(acting.hold === undefined ? [] : [extra(EXTRA.hold, acting.hold)]),
    ['Audit-ID', acting.auditID],
  ]
}
