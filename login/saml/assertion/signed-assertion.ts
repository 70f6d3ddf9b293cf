import type { KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { parseXml, type Parsed } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'

/**
 * Verifies a text that holds one assertion and one signature.
 * @returns the signed text, whose root is to be read as an assertion
 * @throws SamlRefused
 */
export function verifyAssertion(xml: string, keys: readonly KeyObject[]): Parsed {
  const document = parseXml(xml)
  const { root } = document
  if (root.getElementsByTagNameNS('*', 'Assertion').length > 0 || root.getElementsByTagNameNS('*', 'Signature').length > 1)
    throw new SamlRefused('Structure', 'an assertion or a signature stands where none belongs')
  return verifySigned(document, root, keys)
}
