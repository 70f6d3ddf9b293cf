import type { KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { is } from '../xml/elements.ts'
import { parseXml, type Parsed } from '../xml/parse.ts'
import { verifySigned } from '../xml/signature.ts'

/**
 * Verifies a text that is an assertion and nothing else.
 * @returns the signed text
 * @throws SamlRefused
 */
export function verifyAssertion(xml: string, keys: readonly KeyObject[]): Parsed {
  const document = parseXml(xml)
  const { root } = document
  if (!is(root, 'assertion', 'Assertion')) throw new SamlRefused('Structure', 'the message is no assertion')
  if (root.getElementsByTagNameNS('*', 'Assertion').length > 0 || root.getElementsByTagNameNS('*', 'Signature').length > 1)
    throw new SamlRefused('Structure', 'an assertion or a signature stands where none belongs')
  return verifySigned(document, root, keys)
}
