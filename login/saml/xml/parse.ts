import { DOMParser } from '../libraries.ts'
import { SamlRefused } from '../refused.ts'
import type { Attribute, Element } from './dom.ts'
import { checkGrammar, MESSAGE_LIMITS, type XmlLimits } from './grammar.ts'

/** A document that was parsed, with the text that it was parsed from. */
export type Parsed = { readonly root: Element; readonly text: string; readonly limits: XmlLimits }

const fail = (message: string): never => {
  throw new SamlRefused('Malformed', `is not well-formed (${message.slice(0, 40).replaceAll(/[^\w ]/g, ' ')})`)
}

/**
 * Parses XML that {@link checkGrammar} accepts. Every ID is there once, and every prefix is bound.
 * @throws SamlRefused Malformed
 */
export function parseXml(raw: string, limits: XmlLimits = MESSAGE_LIMITS): Parsed {
  const text = checkGrammar(raw, limits)
  const parser = new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } })
  const root = parser.parseFromString(text, 'text/xml').documentElement
  if (root === null) throw new SamlRefused('Malformed', 'has no root')
  checkNames(root)
  return { root, text, limits }
}

const ID = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/
const XMLNS = 'http://www.w3.org/2000/xmlns/'

function checkNames(root: Element): void {
  const ids = new Set<string>()
  for (const element of [root, ...Array.from(root.getElementsByTagName('*'))]) {
    // Also for a prefix that is not bound, where the parser says undefined.
    if (!element.namespaceURI) throw new SamlRefused('Malformed', 'has an element without a namespace')
    const attributes = Array.from(element.attributes).filter(({ namespaceURI }) => namespaceURI !== XMLNS)
    checkAttributes(attributes)
    for (const { localName, value } of attributes) {
      if (localName.toLowerCase() !== 'id') continue
      if (!ID.test(value)) throw new SamlRefused('Malformed', 'has an odd ID')
      // What a signature refers to must be one element only, whichever attribute a library takes for an ID.
      if (ids.has(value)) throw new SamlRefused('Structure', 'has the same ID twice')
      ids.add(value)
    }
  }
}

function checkAttributes(attributes: readonly Attribute[]): void {
  const names = new Set<string>()
  for (const { namespaceURI, prefix, localName } of attributes) {
    if (prefix && !namespaceURI) throw new SamlRefused('Malformed', 'has a prefix without a namespace')
    names.add(`${namespaceURI ?? ''} ${localName}`)
  }
  if (names.size < attributes.length) throw new SamlRefused('Malformed', 'has an attribute twice')
}
