import { SamlRefused } from '../refused.ts'
import { is } from '../xml/elements.ts'
import { parseXml } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'
import type { Facts } from './facts.ts'
import type { Expected } from './parties.ts'
import { readAssertion } from './read-assertion.ts'
import { confirmReading } from './second-reading.ts'

/**
 * Verifies an assertion that an agent presents to the token endpoint (RFC 7522, RFC 8693): signed itself, not inside of a response, with the token
 * endpoint as recipient. An assertion that signs a person in by the browser has another recipient, so neither can be used for the other.
 * @throws SamlRefused
 */
export async function verifyBearer(xml: string, expected: Expected): Promise<Facts> {
  const document = parseXml(xml)
  const { root } = document
  if (!is(root, 'assertion', 'Assertion')) throw new SamlRefused('Structure', 'the message is no assertion')
  if (root.getElementsByTagNameNS('*', 'Assertion').length > 0 || root.getElementsByTagNameNS('*', 'Signature').length > 1)
    throw new SamlRefused('Structure', 'an assertion or a signature stands where none belongs')
  const signed = verifySigned(document, root, expected.provider.keys)
  const facts = readAssertion(signed.root, expected)
  await confirmReading(signed.text, facts, expected)
  return facts
}
