import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SamlRefused } from '../../../../login/saml/refused.ts'
import { decryptAssertion } from '../../../../login/saml/xml/decrypt.ts'
import { parseXml } from '../../../../login/saml/xml/parse.ts'
import { encrypt, type EncryptOptions } from '../identity-provider.ts'
import { idp, old, sp } from '../saml-fixture.ts'

const NAMESPACES = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'

const decrypt = (xml: string, keys = [sp.privateKey, old.privateKey]): string =>
  decryptAssertion(parseXml(xml.replace('<saml:EncryptedAssertion', `<saml:EncryptedAssertion ${NAMESPACES}`)).root, keys)

const sealed = (options: EncryptOptions = {}, text: string | Buffer = '<a/>'): string => encrypt(text, sp.publicKey, options)

/** The refusal and what the log says about it. */
function refusalOf(xml: string, keys?: Parameters<typeof decrypt>[1]): string {
  try {
    return `accepted: ${decrypt(xml, keys)}`
  } catch (error) {
    if (error instanceof SamlRefused) return `${error.refusal}: ${error.message}`
    throw error
  }
}

/** Changes the bytes of the key (0) or of the data (1). */
function changed(xml: string, which: 0 | 1, change: (bytes: Buffer) => Buffer): string {
  let count = 0
  return xml.replaceAll(/(?<=<xenc:CipherValue>)[^<]*/g, (text) =>
    count++ === which ? change(Buffer.from(text, 'base64')).toString('base64') : text,
  )
}
const flip =
  (at: number) =>
  (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at < 0 ? copy.length + at : at]! ^= 1
    return copy
  }

const filling = (length: number): Buffer => Buffer.concat([randomBytes(length - 1), Buffer.of(length)])

describe('an encrypted assertion', () => {
  it.each(['aes-128-gcm', 'aes-256-gcm', 'aes-128-cbc', 'aes-256-cbc'] as const)('is opened with %s, for any of the keys', (cipher) => {
    for (const transport of ['oaep-sha1', 'oaep-sha256'] as const)
      for (const { publicKey } of [sp, old])
        for (const text of ['<a/>', `<a>${'é'.repeat(30)}</a>`]) expect(decrypt(encrypt(text, publicKey, { cipher, transport }))).toBe(text)
  })

  it('may have its key beside the data, and has one', () => {
    const xml = sealed()
    const [info = '', key = ''] = /<ds:KeyInfo[^>]*><xenc:EncryptedKey>(.*)<\/xenc:EncryptedKey><\/ds:KeyInfo>/.exec(xml) ?? []
    const beside = `<k:EncryptedKey xmlns:k="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">${key}</k:EncryptedKey></saml:`
    expect(decrypt(xml.replace(info, '').replace('</saml:', beside))).toBe('<a/>')
    expect(refusalOf(xml.replace(info, ''))).toMatch(/^Structure/)
    expect(refusalOf(xml.replace('</saml:', beside))).toMatch(/^Structure/)
  })

  it('may have its last block of CBC filled with any bytes, of which the last one counts', () => {
    for (const cipher of ['aes-128-cbc', 'aes-256-cbc'] as const)
      expect(decrypt(sealed({ cipher, filling }, '<a>12345678</a>'))).toBe('<a>12345678</a>')
  })

  it('keeps a byte order mark, which the grammar refuses', () => {
    expect(decrypt(sealed({}, '\uFEFF<a/>'))).toBe('\uFEFF<a/>')
  })

  const broken: readonly (readonly [string, () => string])[] = [
    ['a key for somebody else', () => encrypt('<a/>', idp.publicKey)],
    ['a changed key', () => changed(sealed(), 0, flip(5))],
    ['a key that is cut', () => changed(sealed(), 0, (bytes) => bytes.subarray(1))],
    ['a key of another length', () => sealed({ key: randomBytes(16) })],
    ['a changed initialization vector', () => changed(sealed(), 1, flip(0))],
    ['changed data', () => changed(sealed(), 1, flip(13))],
    ['a changed tag', () => changed(sealed(), 1, flip(-1))],
    ['a tag that is cut', () => changed(sealed(), 1, (bytes) => bytes.subarray(0, -4))],
    ['too little data', () => changed(sealed(), 1, (bytes) => bytes.subarray(0, 20))],
    ['a last block of CBC that says 0', () => sealed({ cipher: 'aes-256-cbc', filling: (length) => Buffer.alloc(length) })],
    ['a last block of CBC that says 17', () => sealed({ cipher: 'aes-256-cbc', filling: (length) => Buffer.alloc(length, 17) })],
    ['half a block of CBC', () => changed(sealed({ cipher: 'aes-256-cbc' }), 1, (bytes) => bytes.subarray(0, -8))],
    ['no block of CBC', () => changed(sealed({ cipher: 'aes-256-cbc' }), 1, (bytes) => bytes.subarray(0, 16))],
    ['what is not UTF-8', () => sealed({}, Buffer.of(0x3c, 0xff))],
  ]
  it.each(broken)('is refused with one answer: %s', (_, xml) => {
    expect(refusalOf(xml())).toBe('Decryption: the assertion cannot be decrypted with any of the keys')
  })

  it('is refused where there is no key, with the same answer', () => {
    expect(refusalOf(sealed(), [])).toBe('Decryption: the assertion cannot be decrypted with any of the keys')
  })

  const CIPHER = 'http://www.w3.org/2009/xmlenc11#aes256-gcm'
  const OAEP = 'http://www.w3.org/2009/xmlenc11#rsa-oaep'
  const odd: readonly (readonly [string, (xml: string) => string, string])[] = [
    ['PKCS#1 v1.5', () => sealed({ transport: 'pkcs1' }), 'Algorithm'],
    ['another cipher', (xml) => xml.replace(CIPHER, 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc'), 'Algorithm'],
    ['a cipher that every object has', (xml) => xml.replace(CIPHER, 'constructor'), 'Algorithm'],
    [
      'a digest that every object has',
      (xml) => xml.replace('http://www.w3.org/2001/04/xmlenc#sha256', '__proto__').replace('mgf1sha256', 'mgf1[object Object]'),
      'Algorithm',
    ],
    ['a mask with another hash', (xml) => xml.replace('mgf1sha256', 'mgf1sha1'), 'Algorithm'],
    ['SHA-256 with the older name of OAEP', (xml) => xml.replace(OAEP, 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'), 'Algorithm'],
    ['parameters of OAEP', (xml) => xml.replace('<ds:DigestMethod', '<xenc:OAEPparams>AA==</xenc:OAEPparams><ds:DigestMethod'), 'Structure'],
    ['the content of an element', (xml) => xml.replace('xmlenc#Element', 'xmlenc#Content'), 'Structure'],
    [
      'data that lie elsewhere',
      (xml) => xml.replace('<xenc:CipherData>', '<xenc:CipherData><xenc:CipherReference URI="https://evil.test/"/>'),
      'Structure',
    ],
    ['two keys', (xml) => xml.replace(/<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/, '$&$&'), 'Structure'],
    ['two data', (xml) => xml.replace(/<xenc:EncryptedData .*<\/xenc:EncryptedData>/, '$&$&'), 'Structure'],
    ['something in the data', (xml) => xml.replace('<ds:KeyInfo', '<ds:Signature/><ds:KeyInfo'), 'Structure'],
    ['something in the key', (xml) => xml.replace('<xenc:EncryptedKey>', '<xenc:EncryptedKey><ds:Signature/>'), 'Structure'],
    ['something beside the data', (xml) => xml.replace('</saml:', '<saml:Issuer/></saml:'), 'Structure'],
  ]
  it.each(odd)('is refused in a form that is not accepted: %s', (_, change, refusal) => {
    const xml = sealed()
    expect(change(xml)).not.toBe(xml)
    expect(refusalOf(change(xml))).toMatch(new RegExp(`^${refusal}:`))
  })
})
