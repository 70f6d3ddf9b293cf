import { constants, createDecipheriv, privateDecrypt, type KeyObject } from 'node:crypto'
import { SamlRefused } from '../refused.ts'
import { decodeBase64, utf8Of } from './base64.ts'
import type { Element } from './dom.ts'
import { allowChildren, attributeOf, childrenNamed, NS, onlyChild, optionalChild, requiredAttribute, textOf } from './elements.ts'

type Cipher = 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-256-cbc'

/**
 * CBC has no integrity of its own. It is accepted because the ciphertext is decrypted only after the signature of the response around it has been
 * verified, so nobody can try changed ciphertexts.
 */
const CIPHERS: ReadonlyMap<string, Cipher> = new Map([
  ['http://www.w3.org/2009/xmlenc11#aes128-gcm', 'aes-128-gcm'],
  ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 'aes-256-gcm'],
  ['http://www.w3.org/2001/04/xmlenc#aes128-cbc', 'aes-128-cbc'],
  ['http://www.w3.org/2001/04/xmlenc#aes256-cbc', 'aes-256-cbc'],
])

/** SHA-1 inside OAEP needs no resistance to collisions, and many identity providers know nothing else. PKCS#1 v1.5 is not accepted. */
const OAEP_MGF1_SHA1 = `${NS.encryption}rsa-oaep-mgf1p`
const OAEP = `${NS.encryption11}rsa-oaep`
const OAEP_DIGESTS: ReadonlyMap<string, 'sha1' | 'sha256' | 'sha512'> = new Map([
  ['http://www.w3.org/2000/09/xmldsig#sha1', 'sha1'],
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
])

const undecipherable = (): SamlRefused => new SamlRefused('Decryption', 'the assertion cannot be decrypted with any of the keys')

/**
 * Decrypts an EncryptedAssertion that a verified response holds. Several keys are there during a rollover; the first that fits is used.
 * @returns the text of the assertion, which nobody has vouched for yet
 * @throws SamlRefused Decryption, the same for every way in which it can fail; Structure or Algorithm for a form that is not accepted
 */
export function decryptAssertion(encrypted: Element, keys: readonly KeyObject[]): string {
  allowChildren(encrypted, ['encryption:EncryptedData', 'encryption:EncryptedKey'])
  const data = onlyChild(encrypted, 'encryption', 'EncryptedData')
  if ((attributeOf(data, 'Type') ?? `${NS.encryption}Element`) !== `${NS.encryption}Element`)
    throw new SamlRefused('Structure', 'the encrypted data are not an element')
  allowChildren(data, ['encryption:EncryptionMethod', 'signature:KeyInfo', 'encryption:CipherData'])
  const method = onlyChild(data, 'encryption', 'EncryptionMethod')
  const cipher = CIPHERS.get(requiredAttribute(method, 'Algorithm'))
  if (cipher === undefined) throw new SamlRefused('Algorithm', 'the assertion is encrypted with an algorithm that is not accepted')
  const wrapped = encryptedKeyOf(encrypted, optionalChild(data, 'signature', 'KeyInfo'))
  const oaepHash = oaepHashOf(onlyChild(wrapped, 'encryption', 'EncryptionMethod'))
  const wrappedKey = cipherValueOf(wrapped)
  const ciphertext = cipherValueOf(data)
  for (const key of keys) {
    try {
      const contentKey = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, wrappedKey)
      return utf8Of(decipher(cipher, contentKey, ciphertext))
    } catch {
      // Another key may fit. Which step failed stays unknown to the sender.
    }
  }
  throw undecipherable()
}

/** @throws Error for anything that does not fit: the length of the key too */
function decipher(cipher: Cipher, key: Buffer, bytes: Buffer): Buffer {
  if (cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm') {
    if (bytes.length < 28) throw undecipherable()
    const opened = createDecipheriv(cipher, key, bytes.subarray(0, 12), { authTagLength: 16 })
    opened.setAuthTag(bytes.subarray(-16))
    return Buffer.concat([opened.update(bytes.subarray(12, -16)), opened.final()])
  }
  const opened = createDecipheriv(cipher, key, bytes.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([opened.update(bytes.subarray(16)), opened.final()])
  // Padding of XML Encryption: only the last byte counts.
  const padding = padded.at(-1) ?? 0
  if (padding < 1 || padding > 16) throw undecipherable()
  return padded.subarray(0, -padding)
}

/** The one key: in KeyInfo, or beside the data. */
function encryptedKeyOf(encrypted: Element, info: Element | undefined): Element {
  const inside = info === undefined ? [] : childrenNamed(info, 'encryption', 'EncryptedKey')
  const [key, ...more] = [...inside, ...childrenNamed(encrypted, 'encryption', 'EncryptedKey')]
  if (key === undefined || more.length > 0) throw new SamlRefused('Structure', 'the assertion is not encrypted for exactly one key')
  allowChildren(key, [
    'encryption:EncryptionMethod',
    'signature:KeyInfo',
    'encryption:CipherData',
    'encryption:ReferenceList',
    'encryption:CarriedKeyName',
  ])
  return key
}

function oaepHashOf(method: Element): 'sha1' | 'sha256' | 'sha512' {
  const refused = new SamlRefused('Algorithm', 'the key of the assertion is encrypted with an algorithm that is not accepted')
  allowChildren(method, ['signature:DigestMethod', 'encryption11:MGF'])
  const algorithm = requiredAttribute(method, 'Algorithm')
  const digest = optionalChild(method, 'signature', 'DigestMethod')
  const hash = digest === undefined ? 'sha1' : OAEP_DIGESTS.get(digest.getAttribute('Algorithm') ?? '')
  const mask = optionalChild(method, 'encryption11', 'MGF')?.getAttribute('Algorithm') ?? `${NS.encryption11}mgf1sha1`
  // The cryptography of Node uses one hash for both; other combinations are refused rather than guessed.
  if (algorithm === OAEP_MGF1_SHA1 && hash === 'sha1') return hash
  if (algorithm === OAEP && hash !== undefined && mask === `${NS.encryption11}mgf1${hash}`) return hash
  throw refused
}

function cipherValueOf(element: Element): Buffer {
  const data = onlyChild(element, 'encryption', 'CipherData')
  allowChildren(data, ['encryption:CipherValue'])
  return decodeBase64(textOf(onlyChild(data, 'encryption', 'CipherValue')))
}
