import type { HeaderLines } from '../ports.ts'
import type { Permitted } from '../steps.ts'
import type { RouteKind } from '../classify/accept.ts'
import { identityHeaders } from './identity-headers.ts'

/** Client headers that are forwarded. The gateway sets Accept and the encodings itself. */
const PASSED = ['user-agent', 'content-type'] as const
const PRINTABLE = /^[\x20-\x7e]{1,1024}$/

function passed({ headers }: Permitted, names: readonly string[]): HeaderLines {
  return names.flatMap((name) => {
    const value = headers.get(name)
    return value !== undefined && PRINTABLE.test(value) ? [[name, value] as const] : []
  })
}

/** Builds all headers of the upstream request from an empty list. The identity headers come last. */
export function requestHeaders(permitted: Permitted, route: RouteKind): HeaderLines {
  const { permit, caller, auditID, policies, offer } = permitted
  const identity = identityHeaders({
    caller,
    auditID,
    policies,
    ...(permit.grant === undefined ? {} : { elevated: permit.grant.policy, grant: permit.grant.name }),
  })
  const conditional = route === 'static' ? ['if-none-match', 'if-modified-since'] : []
  return [...passed(permitted, [...PASSED, ...conditional]), ['accept', offer.accept] as const, ['accept-encoding', 'identity'] as const, ...identity]
}
