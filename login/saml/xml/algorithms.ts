import { constants, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { SignedXml, type SignedXmlOptions } from '../libraries.ts'
import { SamlRefused } from '../refused.ts'
import { NS } from './elements.ts'

/** Only RSA with SHA-256 or longer. There is no HMAC: with it, everyone who knows the public certificate could sign. */
const SIGNATURES: ReadonlyMap<string, { readonly hash: 'sha256' | 'sha512'; readonly pss?: true }> = new Map([
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', { hash: 'sha256' }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', { hash: 'sha512' }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', { hash: 'sha256', pss: true }],
])
export const SIGNATURE_URIS: readonly string[] = [...SIGNATURES.keys()]

/** Whether the key made the value for the text. False for an algorithm that is not one of {@link SIGNATURE_URIS}. */
export function isSignature(
  value: Buffer,
  { algorithm, text, key }: { readonly algorithm: string; readonly text: string; readonly key: KeyObject },
): boolean {
  const method = SIGNATURES.get(algorithm)
  if (method === undefined) return false
  const padding = method.pss === true ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return verify(method.hash, Buffer.from(text), { key, ...padding }, value)
}

export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
export const DIGESTS: readonly string[] = [SHA256, 'http://www.w3.org/2001/04/xmlenc#sha512']

/** Exclusive, and without comments: the signed text does not depend on what stands around it. */
export const CANONICAL = NS.exclusive
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

const only = (table: { readonly [uri: string]: unknown }, allowed: readonly string[]): { readonly [uri: string]: unknown } =>
  Object.fromEntries(Object.entries(table).filter(([uri]) => allowed.includes(uri)))

/** A verifier or signer of the library that knows no other algorithms than these, and never takes a key from the message. */
export function strictSignedXml(options: SignedXmlOptions): SignedXml {
  const signed = new SignedXml({ ...options, getCertFromKeyInfo: () => null })
  signed.SignatureAlgorithms = only(signed.SignatureAlgorithms, SIGNATURE_URIS)
  signed.HashAlgorithms = only(signed.HashAlgorithms, DIGESTS)
  signed.CanonicalizationAlgorithms = only(signed.CanonicalizationAlgorithms, [CANONICAL, ENVELOPED])
  return signed
}

const MIN_BITS = 2048

/**
 * The public key of a certificate, which is a container of the key here: SAML trusts it because the metadata name it, and expiry does not count.
 * @throws SamlRefused Algorithm for a key that is not RSA of 2048 bits or more, Metadata for something else
 */
export function rsaKeyOf(certificate: string | Buffer): KeyObject {
  let key: KeyObject
  try {
    key = new X509Certificate(certificate).publicKey
  } catch {
    throw new SamlRefused('Metadata', 'a certificate cannot be read')
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS)
    throw new SamlRefused('Algorithm', `a key is not RSA of ${MIN_BITS} bits or more`)
  return key
}
