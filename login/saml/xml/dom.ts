/** The part of the DOM that the reading of SAML needs. The types of the libraries would add those of a browser to the whole project. */
export type Node = {
  readonly nodeType: number
  readonly nodeValue: string | null
  readonly parentNode: Node | null
  readonly localName: string
  readonly childNodes: ArrayLike<Node>
}

export type Attribute = { readonly namespaceURI: string | null; readonly localName: string; readonly prefix: string | null; readonly value: string }

export type Element = Node & {
  readonly namespaceURI: string | null
  readonly attributes: ArrayLike<Attribute>
  getAttribute(name: string): string | null
  getAttributeNS(space: string, name: string): string | null
  hasAttribute(name: string): boolean
  getElementsByTagName(name: string): ArrayLike<Element>
  getElementsByTagNameNS(space: string, name: string): ArrayLike<Element>
}
