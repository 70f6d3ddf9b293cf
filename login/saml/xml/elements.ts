import { SamlRefused } from '../refused.ts'
import type { Element, Node } from './dom.ts'

export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  encryption11: 'http://www.w3.org/2009/xmlenc11#',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  schema: 'http://www.w3.org/2001/XMLSchema-instance',
} as const

export type Namespace = keyof typeof NS

export const isElement = (node: Node): node is Element => node.nodeType === 1

export const childrenOf = (element: Element): readonly Element[] => Array.from(element.childNodes).filter(isElement)

export const is = (element: Element, space: Namespace, name: string): boolean => element.namespaceURI === NS[space] && element.localName === name

export const childrenNamed = (element: Element, space: Namespace, name: string): readonly Element[] =>
  childrenOf(element).filter((child) => is(child, space, name))

/** @throws SamlRefused Structure when there is not exactly one */
export function onlyChild(element: Element, space: Namespace, name: string): Element {
  const [first, ...more] = childrenNamed(element, space, name)
  if (first === undefined || more.length > 0) throw new SamlRefused('Structure', `${element.localName} does not have exactly one ${name}`)
  return first
}

/** @throws SamlRefused Structure when there are several */
export function optionalChild(element: Element, space: Namespace, name: string): Element | undefined {
  const [first, ...more] = childrenNamed(element, space, name)
  if (more.length > 0) throw new SamlRefused('Structure', `${element.localName} has more than one ${name}`)
  return first
}

/** @throws SamlRefused Structure when the element has a child, of any kind, that is not in the list of `namespace:name` */
export function allowChildren(element: Element, allowed: readonly `${Namespace}:${string}`[]): void {
  for (const child of childrenOf(element)) {
    const known = allowed.some((each) => {
      const [space, name] = each.split(':')
      return NS[space as Namespace] === child.namespaceURI && name === child.localName
    })
    if (!known) throw new SamlRefused('Structure', `${element.localName} has an unexpected child`)
  }
  if (allowed.length > 0 && /[^ \t\n]/.test(ownText(element))) throw new SamlRefused('Structure', `${element.localName} holds text`)
}

const ownText = (element: Element): string =>
  Array.from(element.childNodes)
    .filter((node) => !isElement(node))
    .map(({ nodeValue }) => nodeValue ?? '')
    .join('')

/**
 * The whole text of an element that holds nothing but text. The grammar has no comments, so no part of it can be hidden.
 * @throws SamlRefused Structure for an element with children
 */
export function textOf(element: Element): string {
  if (childrenOf(element).length > 0) throw new SamlRefused('Structure', `${element.localName} holds more than text`)
  return ownText(element)
}

/** An attribute without a namespace. Undefined when it is not there. */
export const attributeOf = (element: Element, name: string): string | undefined =>
  element.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined

/** @throws SamlRefused Structure when it is not there, or empty */
export function requiredAttribute(element: Element, name: string): string {
  const value = attributeOf(element, name)
  if (value === undefined || value === '') throw new SamlRefused('Structure', `${element.localName} has no ${name}`)
  return value
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** A time with its zone, in milliseconds. @throws SamlRefused Time */
export function instantOf(element: Element, name: string): number {
  const value = requiredAttribute(element, name)
  const at = INSTANT.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) throw new SamlRefused('Time', `${element.localName} has a ${name} that is not a time with a zone`)
  return at
}
