import type { KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { CANONICAL, DIGESTS, ENVELOPED, isSignature, SIGNATURE_URIS, strictSignedXml } from './algorithms.ts'
import { decodeBase64 } from './base64.ts'
import { allowChildren, childrenNamed, childrenOf, NS, onlyChild, optionalChild, requiredAttribute, textOf } from './elements.ts'
import type { Element } from './dom.ts'
import { parseXml, type Parsed } from './parse.ts'

/**
 * Verifies the signature that an element carries as its own child.
 * @returns the signed text, parsed again: nothing else of the message is to be trusted
 * @throws SamlRefused Unsigned, Structure, Algorithm or BadSignature
 */
export function verifySigned(document: Parsed, element: Element, keys: readonly KeyObject[]): Parsed {
  const signature = signatureOf(element)
  const key = keys.find((each) => signedBy(signature, each))
  const signed = key === undefined ? undefined : verifyWith(document, signature, key)
  if (signed === undefined)
    throw new SamlRefused('BadSignature', `the signature of ${element.localName} does not hold for any key of the identity provider`)
  const parsed = parseXml(signed, document.limits)
  // The library found the element by its ID, and the ID is there once, so this never differs.
  if (parsed.root.localName !== element.localName || parsed.root.getAttribute('ID') !== element.getAttribute('ID'))
    throw new SamlRefused('BadSignature', `the signature of ${element.localName} covers something else`)
  return parsed
}

/** The one signature of an element, of the one form that is accepted. @throws SamlRefused Unsigned, Structure or Algorithm */
function signatureOf(element: Element): Element {
  if (childrenNamed(element, 'signature', 'Signature').length === 0) throw new SamlRefused('Unsigned', `${element.localName} is not signed`)
  const signature = onlyChild(element, 'signature', 'Signature')
  allowChildren(signature, ['signature:SignedInfo', 'signature:SignatureValue', 'signature:KeyInfo'])
  onlyChild(signature, 'signature', 'SignatureValue')
  optionalChild(signature, 'signature', 'KeyInfo')
  const info = onlyChild(signature, 'signature', 'SignedInfo')
  allowChildren(info, ['signature:CanonicalizationMethod', 'signature:SignatureMethod', 'signature:Reference'])
  checkMethod(onlyChild(info, 'signature', 'CanonicalizationMethod'), [CANONICAL])
  checkMethod(onlyChild(info, 'signature', 'SignatureMethod'), SIGNATURE_URIS)
  checkReference(onlyChild(info, 'signature', 'Reference'), requiredAttribute(element, 'ID'))
  return signature
}

function checkReference(reference: Element, id: string): void {
  if (reference.getAttribute('URI') !== `#${id}`) throw new SamlRefused('Structure', 'a signature refers to another element than its parent')
  allowChildren(reference, ['signature:Transforms', 'signature:DigestMethod', 'signature:DigestValue'])
  checkMethod(onlyChild(reference, 'signature', 'DigestMethod'), DIGESTS)
  if (textOf(onlyChild(reference, 'signature', 'DigestValue')).trim() === '') throw new SamlRefused('Structure', 'a digest is empty')
  const transforms = onlyChild(reference, 'signature', 'Transforms')
  allowChildren(transforms, ['signature:Transform'])
  const [first, second, ...more] = childrenOf(transforms)
  if (first === undefined || second === undefined || more.length > 0) throw new SamlRefused('Algorithm', 'a signature does not have two transforms')
  checkMethod(first, [ENVELOPED])
  checkMethod(second, [CANONICAL])
}

/** One algorithm of a list, and nothing in it that changes what it does, except the namespaces that exclusive canonicalization may include. */
function checkMethod(method: Element, allowed: readonly string[]): void {
  if (!allowed.includes(method.getAttribute('Algorithm') ?? ''))
    throw new SamlRefused('Algorithm', `${method.localName} has an algorithm that is not accepted`)
  const [child, ...more] = childrenOf(method)
  if (child === undefined) return
  const includes = child.namespaceURI === NS.exclusive && child.localName === 'InclusiveNamespaces' && method.getAttribute('Algorithm') === CANONICAL
  if (!includes || more.length > 0) throw new SamlRefused('Algorithm', `${method.localName} has a parameter that is not accepted`)
}

/**
 * Whether the key signed SignedInfo. The library digests the whole message before it looks at that, which costs a hundred times more; so a message that
 * anybody can make up ends here, and of several keys only the one that fits is tried. It does not verify anything: that is {@link verifyWith}.
 */
function signedBy(signature: Element, key: KeyObject): boolean {
  const info = onlyChild(signature, 'signature', 'SignedInfo')
  const algorithm = requiredAttribute(onlyChild(info, 'signature', 'SignatureMethod'), 'Algorithm')
  try {
    const text = strictSignedXml({}).getCanonXml([CANONICAL], info)
    return isSignature(decodeBase64(textOf(onlyChild(signature, 'signature', 'SignatureValue'))), { algorithm, text, key })
  } catch {
    return false
  }
}

function verifyWith({ text }: Parsed, signature: Element, key: KeyObject): string | undefined {
  const verifier = strictSignedXml({ publicCert: key.export({ type: 'spki', format: 'pem' }) as string })
  try {
    verifier.loadSignature(signature)
    if (!verifier.checkSignature(text)) return undefined
  } catch {
    return undefined
  }
  const [signed, ...more] = verifier.getSignedReferences()
  return more.length === 0 ? signed : undefined
}
