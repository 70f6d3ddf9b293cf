import { createRequire } from 'node:module'

/** The DOM of xmldom as the tests change it. Its own types would load those of browsers into the project. */
export type Changeable = {
  readonly parentNode: Changeable | null
  readonly documentElement: Changeable
  readonly localName: string
  readonly childNodes: ArrayLike<Changeable>
  textContent: string
  cloneNode(deep: boolean): Changeable
  setAttribute(name: string, value: string): void
  appendChild(node: unknown): Changeable
  insertBefore(node: Changeable, before: Changeable): Changeable
  replaceChild(node: Changeable, old: Changeable): Changeable
  removeChild(node: Changeable): Changeable
  importNode(node: unknown, deep: boolean): Changeable
  createElementNS(space: string, name: string): Changeable
  getElementsByTagName(name: string): ArrayLike<Changeable>
  getElementsByTagNameNS(space: string, name: string): ArrayLike<Changeable>
}

type Library = {
  readonly DOMParser: new () => { parseFromString(xml: string, type: 'text/xml'): Changeable }
  readonly XMLSerializer: new () => { serializeToString(node: Changeable): string }
}

export const { DOMParser, XMLSerializer } = createRequire(import.meta.url)('@xmldom/xmldom') as Library
