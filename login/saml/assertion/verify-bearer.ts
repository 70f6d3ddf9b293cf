import type { Facts } from './asserted-facts.ts'
import type { Expected } from './parties.ts'
import { readAssertion } from './read-assertion.ts'
import { confirmReading } from './second-reading.ts'
import { verifyAssertion } from './signed-assertion.ts'

/**
 * Verifies an assertion that an agent presents to the token endpoint (RFC 7522, RFC 8693): signed itself, not inside of a response, with the token
 * endpoint as recipient. An assertion that signs a person in by the browser has another recipient, so neither can be used for the other.
 * @throws SamlRefused
 */
export async function verifyBearer(xml: string, expected: Expected): Promise<Facts> {
  const signed = verifyAssertion(xml, expected.provider.keys)
  const facts = readAssertion(signed.root, expected)
  await confirmReading(signed.text, facts, expected)
  return facts
}
