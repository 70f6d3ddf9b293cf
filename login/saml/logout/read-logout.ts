import type { LogoutName } from '../../upstream-provider.ts'
import { isSuccess } from '../assertion/verify-response.ts'
import { issuerOf } from '../assertion/read-assertion.ts'
import type { Timing } from '../assertion/parties.ts'
import { SamlRefused } from '../refused.ts'
import type { Element } from '../xml/dom.ts'
import { allowChildren, attributeOf, childrenNamed, instantOf, is, onlyChild, requiredAttribute, textOf } from '../xml/elements.ts'

export type LogoutRules = { readonly entityID: string; readonly destination: string; readonly timing: Timing }

/** What the identity provider ends: each of the names, which differ by the session. */
export type LogoutRequest = { readonly id: string; readonly names: readonly [LogoutName, ...LogoutName[]] }

/** More sessions of one person at this service provider than anybody has. */
const MAX_SESSIONS = 50

function checkMessage(root: Element, name: string, { entityID, destination, timing: { nowMs, skewMs, maxAgeMs } }: LogoutRules): void {
  if (!is(root, 'protocol', name) || root.getAttribute('Version') !== '2.0')
    throw new SamlRefused('Structure', `the message is not a ${name} of version 2.0`)
  if (requiredAttribute(root, 'Destination') !== destination) throw new SamlRefused('Destination', 'the message was sent to another place')
  issuerOf(onlyChild(root, 'assertion', 'Issuer'), entityID)
  const issuedAt = instantOf(root, 'IssueInstant')
  if (issuedAt > nowMs + skewMs || issuedAt + maxAgeMs <= nowMs - skewMs) throw new SamlRefused('Time', 'the message is too old, or from the future')
}

/** @param root of a message whose signature holds @throws SamlRefused */
export function readLogoutRequest(root: Element, rules: LogoutRules): LogoutRequest {
  checkMessage(root, 'LogoutRequest', rules)
  allowChildren(root, ['assertion:Issuer', 'signature:Signature', 'assertion:NameID', 'protocol:SessionIndex', 'protocol:Extensions'])
  const { nowMs, skewMs } = rules.timing
  if (root.hasAttribute('NotOnOrAfter') && nowMs - skewMs >= instantOf(root, 'NotOnOrAfter')) throw new SamlRefused('Time', 'the request has expired')
  const name = onlyChild(root, 'assertion', 'NameID')
  const format = attributeOf(name, 'Format')
  const named: LogoutName = { nameID: textOf(name), ...(format === undefined ? {} : { nameIDFormat: format }) }
  const sessions = childrenNamed(root, 'protocol', 'SessionIndex').map(textOf)
  if (sessions.length > MAX_SESSIONS) throw new SamlRefused('Structure', 'the request names too many sessions')
  // Without a session, all sessions of the name end (core 3.7.1).
  const [first, ...others] = sessions.map((sessionIndex) => ({ ...named, sessionIndex }))
  return { id: requiredAttribute(root, 'ID'), names: [first ?? named, ...others] }
}

/** @returns the request that it answers, and whether the identity provider ended its session @throws SamlRefused */
export function readLogoutResponse(root: Element, rules: LogoutRules): { readonly inResponseTo: string; readonly ended: boolean } {
  checkMessage(root, 'LogoutResponse', rules)
  allowChildren(root, ['assertion:Issuer', 'signature:Signature', 'protocol:Status', 'protocol:Extensions'])
  return { inResponseTo: requiredAttribute(root, 'InResponseTo'), ended: isSuccess(root) }
}
