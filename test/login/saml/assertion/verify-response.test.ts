import { describe, expect, it } from 'vitest'
import { verifyBearer } from '../../../../login/saml/assertion/verify-bearer.ts'
import { signMessage } from '../../../../login/saml/messages/send.ts'
import { assertionOf, at, encrypt, responseAround, type Parts } from '../identity-provider.ts'
import { refusalOf, rules } from '../response-rules.ts'
import { idp, sp } from '../saml-fixture.ts'

/** Messages that the identity provider signed as they are: no signature refuses them, so the shape must. */
const signed = (xml: string): string => signMessage(xml, { key: idp.privateKey, cert: idp.cert })
const around = (assertion: string, given: Partial<Parts> = {}): string => signed(responseAround(assertion, given))
const read = (xml: string): ReturnType<typeof refusalOf> => refusalOf(xml, rules([idp], { decryptionKeys: [sp.privateKey] }))

const OTHER = 'xmlns:x="urn:x"'
const inAdvice = (inside: string): string =>
  signed(assertionOf().replace('<saml:AuthnStatement', `<saml:Advice>${inside}</saml:Advice><saml:AuthnStatement`))
const assertion = (): string => signed(assertionOf())

describe('a signed response', () => {
  it('is read with what an assertion may hold beside the person', async () => {
    expect(await read(around(inAdvice(`<x:y ${OTHER}/>`)))).toMatchObject({ nameID: 'ada' })
  })

  const whole: readonly (readonly [string, (xml: string) => string])[] = [
    ['of another namespace', (xml) => xml.replace('<samlp:Response', `<x:Response ${OTHER}`).replace('</samlp:Response', '</x:Response')],
    ['of another version', (xml) => xml.replace('Version="2.0"', 'Version="1.1"')],
    ['with an element that it does not have', (xml) => xml.replace('<samlp:Status>', '<samlp:Extensions/><samlp:Status>')],
    ['with text between its elements', (xml) => xml.replace('<samlp:Status>', 'x<samlp:Status>')],
    ['with a second status', (xml) => xml.replace(/<samlp:Status>.*<\/samlp:Status>/s, '$&$&')],
    [
      'with an encrypted assertion beside the plain one',
      (xml) => xml.replace('</samlp:Response', `${encrypt(assertion(), sp.publicKey)}</samlp:Response`),
    ],
  ]
  it.each(whole)('is refused %s', async (_, change) => {
    const xml = responseAround(assertion())
    expect(change(xml)).not.toBe(xml)
    expect(await read(signed(change(xml)))).toBe('Structure')
  })

  it.each([
    ['of last week', -7 * 86_400],
    ['of the future', 31],
  ])('is refused %s, around an assertion of now', async (_, seconds) => {
    expect(await read(around(assertion(), { issued: at(seconds) }))).toBe('Time')
  })
})

describe('a signed assertion', () => {
  const hidden: readonly (readonly [string, string])[] = [
    ['another assertion', assertionOf({ assertionID: '_inner' })],
    ['a signature', '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'],
  ]
  it.each(hidden)('is refused with %s in it: in a response, in a ciphertext, and alone', async (_, inside) => {
    const xml = inAdvice(inside)
    expect(await read(around(xml))).toBe('Structure')
    expect(await read(around(encrypt(xml, sp.publicKey)))).toBe('Structure')
    await expect(verifyBearer(xml, rules([idp]))).rejects.toMatchObject({ refusal: 'Structure' })
  })

  it('is refused with a response in it', async () => {
    expect(await read(around(inAdvice('<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>')))).toBe('Structure')
  })

  it('is refused of another namespace, in a ciphertext and alone', async () => {
    const xml = signed(assertionOf().replace('<saml:Assertion', `<x:Assertion ${OTHER}`).replace('</saml:Assertion', '</x:Assertion'))
    expect(await read(around(encrypt(xml, sp.publicKey)))).toBe('Structure')
    await expect(verifyBearer(xml, rules([idp]))).rejects.toMatchObject({ refusal: 'Structure' })
  })
})
