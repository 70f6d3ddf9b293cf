import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyBearer } from '../../../login/saml/assertion/verify-bearer.ts'
import { SamlRefused, type Refusal } from '../../../login/saml/refused.ts'
import {
  assertionOf,
  encrypt,
  ENVELOPED,
  EXC,
  responseAround,
  samlKey,
  sign,
  signedResponse,
  type SamlKey,
} from '../../login/saml/identity-provider.ts'
import { refusalOf, rules } from '../../login/saml/response-rules.ts'
import { WRAPPINGS, wrapped } from '../../login/saml/wrapping.ts'

/** X. Messages of SAML that an attacker forged, changed or took from elsewhere. */
let idp: SamlKey
let attacker: SamlKey
let sp: SamlKey
beforeAll(async () => void ([idp, attacker, sp] = await Promise.all([samlKey('idp'), samlKey('attacker'), samlKey('sp')])))

const refused = (xml: string): Promise<unknown> => refusalOf(xml, rules([idp]))

const opened = (xml: string, keys = [sp.privateKey]): Promise<unknown> => refusalOf(xml, rules([idp], { decryptionKeys: keys }))
const around = (encrypted: string): string => sign(responseAround(encrypted), 'Response', idp)

const signedWith = (options: Parameters<typeof sign>[3]): string =>
  sign(responseAround(sign(assertionOf(), 'Assertion', idp, options)), 'Response', idp)

describe('XML signature wrapping', () => {
  it.each(Object.keys(WRAPPINGS))('X280 %s does not sign in anybody', async (name) => {
    const form = WRAPPINGS[name]!
    const xml = signedResponse(idp)
    expect(wrapped(xml, form)).toContain('>eve<')
    expect(await refused(wrapped(xml, form))).toSatisfy((each) => ['Structure', 'BadSignature', 'Unsigned'].includes(String(each)))
  })

  it('X281 two forms at the same time do not sign in anybody', async () => {
    const forms = Object.values(WRAPPINGS)
    for (const outer of forms.slice(0, 2))
      for (const inner of forms.slice(2)) expect(typeof (await refused(wrapped(signedResponse(idp), inner, outer)))).toBe('string')
  })

  it.each(Object.keys(WRAPPINGS).slice(2))('X282 an assertion for the token endpoint in the form %s is refused', async (name) => {
    const xml = wrapped(responseAround(sign(assertionOf(), 'Assertion', idp)), WRAPPINGS[name]!)
    const [assertion = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml) ?? []
    await expect((async () => await verifyBearer(assertion, rules([idp])))()).rejects.toBeInstanceOf(SamlRefused)
  })

  it('X283 a copy wrapped inside of the ciphertext is refused', async () => {
    const own = responseAround(sign(assertionOf(), 'Assertion', idp))
    for (const form of Object.values(WRAPPINGS).slice(2)) {
      const [assertion = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(wrapped(own, form)) ?? []
      const xml = sign(responseAround(encrypt(assertion, sp.publicKey)), 'Response', idp)
      expect(typeof (await refusalOf(xml, rules([idp], { decryptionKeys: [sp.privateKey] })))).toBe('string')
    }
  })

  it('X284 the same ID twice is refused, whichever attribute holds it', async () => {
    for (const name of ['ID', 'Id', 'id', 'xml:id']) {
      const twice = signedResponse(idp).replace('<samlp:Status>', `<samlp:Status ${name}="_assertion1">`)
      expect(await refused(twice), name).toBe('Structure')
    }
  })
})

describe('signatures', () => {
  const cases: readonly (readonly [string, () => string, Refusal])[] = [
    ['an unsigned assertion in a signed response', () => sign(responseAround(assertionOf()), 'Response', idp), 'Unsigned'],
    ['a signed assertion in an unsigned response', () => responseAround(sign(assertionOf(), 'Assertion', idp)), 'Unsigned'],
    ['nothing signed', () => responseAround(assertionOf()), 'Unsigned'],
    ['the key of another party, which KeyInfo vouches for', () => signedResponse(attacker), 'BadSignature'],
    [
      'an assertion that another party signed',
      () => sign(responseAround(sign(assertionOf(), 'Assertion', attacker)), 'Response', idp),
      'BadSignature',
    ],
    [
      'the certificate of the identity provider around a signature of another key',
      () => sign(responseAround(sign(assertionOf(), 'Assertion', idp)), 'Response', attacker, { cert: idp.cert }),
      'BadSignature',
    ],
    [
      'two signatures of the assertion',
      () => sign(responseAround(sign(sign(assertionOf(), 'Assertion', idp), 'Assertion', idp)), 'Response', idp),
      'Structure',
    ],
    ['RSA with SHA-1', () => signedWith({ algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }), 'Algorithm'],
    ['a digest of SHA-1', () => signedWith({ digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }), 'Algorithm'],
    ['canonicalization with comments', () => signedWith({ canonical: `${EXC}WithComments` }), 'Algorithm'],
    ['canonicalization that depends on its context', () => signedWith({ canonical: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }), 'Algorithm'],
    ['a third transform', () => signedWith({ transforms: [ENVELOPED, EXC, EXC] }), 'Algorithm'],
    ['no canonical transform', () => signedWith({ transforms: [ENVELOPED] }), 'Algorithm'],
  ]
  it.each(cases)('X285 %s is refused', async (_, xml, refusal) => {
    expect(await refused(xml())).toBe(refusal)
  })

  it('X286 a downgrade to HMAC with the public certificate as the key, or to no algorithm, is refused', async () => {
    const genuine = signedResponse(idp)
    for (const key of [idp.cert, idp.publicKey.export({ type: 'spki', format: 'pem' }).toString()])
      for (const algorithm of ['http://www.w3.org/2000/09/xmldsig#hmac-sha1', 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256', 'none', '']) {
        const changed = genuine.replaceAll('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', algorithm)
        const [info = ''] = /<ds:SignedInfo>.*?<\/ds:SignedInfo>/s.exec(changed) ?? []
        const value = createHmac(algorithm.endsWith('sha256') ? 'sha256' : 'sha1', key)
          .update(info)
          .digest('base64')
        expect(await refused(changed.replace(/(<ds:SignatureValue>).*?(<\/ds:SignatureValue>)/s, `$1${value}$2`))).toBe('Algorithm')
      }
  })

  it('X287 no other text of the message stands in for the signed text', async () => {
    const genuine = signedResponse(idp)
    expect(await refused(genuine.replace('>ada<', '>eve<'))).toBe('BadSignature')
    expect(await refused(genuine.replace('>oncall<', '>admins<'))).toBe('BadSignature')
    expect(await refused(genuine.replace(/<ds:Object>.*/s, ''))).toMatchObject({ nameID: 'ada' })
    expect(await refused(genuine.replace('</ds:Signature>', '<ds:Object>x</ds:Object></ds:Signature>'))).toBe('Structure')
    expect(await refused(genuine.replace('<ds:SignedInfo>', '<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>'))).toBe('Structure')
    expect(await refused(genuine.replace(/URI="#_response1"/, 'URI=""'))).toBe('Structure')
  })
})

describe('encrypted assertions', () => {
  it('X296 encryption replaces no signature, and nothing is decrypted before the response is verified', async () => {
    expect(await opened(around(encrypt(assertionOf(), sp.publicKey)))).toBe('Unsigned')
    expect(await opened(around(encrypt(sign(assertionOf(), 'Assertion', attacker), sp.publicKey)))).toBe('BadSignature')
    expect(await opened(responseAround(encrypt(sign(assertionOf(), 'Assertion', idp), sp.publicKey)))).toBe('Unsigned')
    expect(await opened(sign(responseAround(encrypt('<x', sp.publicKey)), 'Response', attacker))).toBe('BadSignature')
  })

  it('X297 PKCS#1 v1.5, a key for somebody else and changed ciphertext are refused without telling them apart', async () => {
    const signed = sign(assertionOf(), 'Assertion', idp)
    expect(await opened(around(encrypt(signed, sp.publicKey, { transport: 'pkcs1' })))).toBe('Algorithm')
    expect(await opened(around(encrypt(signed, attacker.publicKey)))).toBe('Decryption')
    expect(await opened(around(encrypt(signed, sp.publicKey)), [])).toBe('Decryption')
    const changed = encrypt(signed, sp.publicKey).replace(
      /(CipherValue>)([A-Za-z0-9+/]{8})([^<]*<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
      '$1AAAAAAAA$3',
    )
    expect(await opened(around(changed))).toBe('Decryption')
  })

  it('X298 the ciphertext brings no DTD, no comment and no response with it', async () => {
    for (const inside of ['<!DOCTYPE x []>', '<!-- -->'])
      expect(await opened(around(encrypt(`${inside}${sign(assertionOf(), 'Assertion', idp)}`, sp.publicKey)))).toBe('Malformed')
    expect(await opened(around(encrypt(signedResponse(idp), sp.publicKey)))).toBe('Structure')
  })
})
