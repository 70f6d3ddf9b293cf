import type { KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { decryptAssertion } from '../xml/decrypt.ts'
import type { Element } from '../xml/dom.ts'
import { allowChildren, attributeOf, childrenNamed, instantOf, is, onlyChild, optionalChild, requiredAttribute } from '../xml/elements.ts'
import type { Parsed } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'
import type { Facts } from './asserted-facts.ts'
import type { Expected } from './parties.ts'
import { issuerOf, readAssertion } from './read-assertion.ts'
import { confirmReading } from './second-reading.ts'
import { verifyAssertion } from './signed-assertion.ts'

export type ResponseRules = Expected & {
  /** Where this response must have been sent. */
  readonly destination: string
  readonly decryptionKeys: readonly KeyObject[]
  /** Whether an assertion that is not encrypted is refused. */
  readonly encryptedOnly: boolean
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/**
 * Verifies a response of the HTTP-POST binding: the response is signed and its only assertion is signed, both for this service provider, now, and for
 * the request that is expected. What it returns is read from the signed text of the assertion only.
 * @throws SamlRefused
 */
export async function verifyResponse(response: Parsed, rules: ResponseRules): Promise<Facts> {
  const { root } = response
  checkShape(root)
  const signed = verifySigned(response, root, rules.provider.keys)
  checkResponse(signed.root, rules)
  const assertion = signedAssertion(response, signed.root, rules)
  const facts = readAssertion(assertion.root, rules)
  await confirmReading(assertion.text, facts, rules)
  return facts
}

/** Whether the message is a response, where everything stands where it belongs. Wrapped copies have no place in it. @throws SamlRefused Structure */
export function checkShape(root: Element): void {
  if (!is(root, 'protocol', 'Response')) throw new SamlRefused('Structure', 'the message is not a response')
  if (root.getAttribute('Version') !== '2.0') throw new SamlRefused('Structure', 'the response is not of version 2.0')
  allowChildren(root, ['assertion:Issuer', 'signature:Signature', 'protocol:Status', 'assertion:Assertion', 'assertion:EncryptedAssertion'])
  const assertions = [...childrenNamed(root, 'assertion', 'Assertion'), ...childrenNamed(root, 'assertion', 'EncryptedAssertion')]
  if (assertions.length > 1) throw new SamlRefused('Structure', 'the response has more than one assertion')
  const everywhere = (name: string): number => root.getElementsByTagNameNS('*', name).length
  if (everywhere('Assertion') + everywhere('EncryptedAssertion') !== assertions.length || everywhere('Response') > 0)
    throw new SamlRefused('Structure', 'an assertion or a response stands where none belongs')
  const inside = assertions[0] === undefined ? 0 : childrenNamed(assertions[0], 'signature', 'Signature').length
  if (everywhere('Signature') !== childrenNamed(root, 'signature', 'Signature').length + inside)
    throw new SamlRefused('Structure', 'a signature stands where none belongs')
}

/** @param root of the signed text of the response */
function checkResponse(root: Element, { destination, provider, timing, meant }: ResponseRules): void {
  if (requiredAttribute(root, 'Destination') !== destination) throw new SamlRefused('Destination', 'the response was sent to another place')
  if (attributeOf(root, 'InResponseTo') !== meant.inResponseTo) throw new SamlRefused('InResponseTo', 'the response answers another request')
  const issuer = optionalChild(root, 'assertion', 'Issuer')
  if (issuer !== undefined) issuerOf(issuer, provider.entityID)
  const issuedAt = instantOf(root, 'IssueInstant')
  if (issuedAt > timing.nowMs + timing.skewMs || issuedAt + timing.maxAgeMs <= timing.nowMs - timing.skewMs)
    throw new SamlRefused('Time', 'the response is too old, or from the future')
  if (!isSuccess(root)) throw new SamlRefused('Status', 'the identity provider did not sign the person in')
}

export function isSuccess(root: Element): boolean {
  return requiredAttribute(onlyChild(onlyChild(root, 'protocol', 'Status'), 'protocol', 'StatusCode'), 'Value') === SUCCESS
}

/**
 * The signed text of the assertion. It is verified where it stands in the message, so that namespaces declared outside count as the signer saw them;
 * the signature of the response covers the same element.
 */
function signedAssertion(response: Parsed, signedResponse: Element, { provider, decryptionKeys, encryptedOnly }: ResponseRules): Parsed {
  const plain = optionalChild(response.root, 'assertion', 'Assertion')
  if (plain !== undefined) {
    if (encryptedOnly) throw new SamlRefused('Decryption', 'the assertion is not encrypted')
    const covered = onlyChild(signedResponse, 'assertion', 'Assertion')
    if (covered.getAttribute('ID') !== plain.getAttribute('ID')) throw new SamlRefused('Structure', 'the response covers another assertion')
    return verifySigned(response, plain, provider.keys)
  }
  // Decrypted from the signed text, never from the message, and only now: nobody can try ciphertexts of their own.
  return verifyAssertion(decryptAssertion(onlyChild(signedResponse, 'assertion', 'EncryptedAssertion'), decryptionKeys), provider.keys)
}
