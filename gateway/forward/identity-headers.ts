import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { AGENT_USER, EXTRA } from '../../domain/api/names.ts'
import { actingGroups } from '../../domain/policy/acting-groups.ts'
import type { HeaderLines } from '../ports.ts'
import type { Caller } from '../steps.ts'

/** In whose name a call goes upstream, and with what power. */
export type Acting = {
  readonly caller: Caller
  readonly auditID: string
  /** Policies that govern the caller: their baseline groups, and the token groups that they let through. */
  readonly policies: readonly AccessPolicy[]
  /** Policy whose elevated group is worn. Only under a live grant, or for the dry run that a hold shows to approvers. */
  readonly elevated?: string
  readonly grant?: string
  /** Set on the gateway's own calls in the agent's name, never on what an agent sent. */
  readonly hold?: 'file' | 'preview'
}

/** Node and undici write each character of a header as one byte; kube-apiserver reads the bytes as UTF-8, as client-go sends them. */
const utf8 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1')

const extra = (key: string, value: string): readonly [string, string] => [`Impersonate-Extra-${encodeURIComponent(key)}`, utf8(value)]

/** What is the same for every request of a caller under the same policies. */
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
 * The identity of a request to kube-apiserver, made of nothing that the client sent but its checked claims. To be set last, on
 * headers that hold none of these. Names were checked when the token was read: no control character, no blank at an end.
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
