import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyBearer } from '../../../login/saml/assertion/verify-bearer.ts'
import { type Refusal } from '../../../login/saml/refused.ts'
import { parseXml } from '../../../login/saml/xml/parse.ts'
import type { Changeable } from '../../login/saml/document.ts'
import {
  assertionOf,
  at,
  attribute,
  responseAround,
  samlKey,
  sign,
  signedResponse,
  type Parts,
  type SamlKey,
} from '../../login/saml/identity-provider.ts'
import { refusalOf, rules, verify } from '../../login/saml/response-rules.ts'
import { wrapped } from '../../login/saml/wrapping.ts'

/** X. Messages of SAML whose text hides something, or that are for somebody else or another time. */
let idp: SamlKey
beforeAll(async () => void (idp = await samlKey('idp')))

const refused = (xml: string): Promise<unknown> => refusalOf(xml, rules([idp]))

const nameID = (text: string): Partial<Parts> => ({
  nameID: `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${text}</saml:NameID>`,
})

const contains = (outer: Changeable, inner: Changeable): boolean => {
  for (let each: Changeable | null = inner; each !== null; each = each.parentNode) if (each === outer) return true
  return false
}

describe('text that hides text', () => {
  it('X288 a comment in a name, added after the signature or signed with it, is refused and cuts no name', async () => {
    const signed = signedResponse(idp, nameID('ada.evil.test'))
    expect(await refused(signed.replace('ada.evil', 'ada<!---->.evil'))).toBe('Malformed')
    expect(await refused(signedResponse(idp, nameID('ada<!-- x -->.evil.test')))).toBe('Malformed')
    expect(
      await refused(
        signedResponse(idp, { attributes: `<saml:AttributeStatement>${attribute('groups', 'on<!---->call')}</saml:AttributeStatement>` }),
      ),
    ).toBe('Malformed')
  })

  it('X289 CDATA and instructions are refused, and elements in a name', async () => {
    const signed = signedResponse(idp)
    for (const inside of ['<![CDATA[ada]]>', '<?x?>ada', 'a<b xmlns="urn:x">d</b>a', '<?xml version="1.0"?>ada'])
      expect(await refused(signed.replace('>ada<', `>${inside}<`)), inside).toSatisfy((each) =>
        ['Malformed', 'BadSignature', 'Structure'].includes(String(each)),
      )
    expect(await refused(signedResponse(idp, nameID('a<saml:b>d</saml:b>a')))).toBe('Structure')
  })

  it('X290 a DTD is refused: expansion of entities, external entities, attribute defaults', async () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, index) => `<!ENTITY ${'bcdefghij'[index]} "${`&${'abcdefghi'[index]};`.repeat(10)}">`).join('')}]>`
    for (const dtd of [
      laughs,
      '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE x SYSTEM "https://evil.test/x.dtd">',
      '<!DOCTYPE x [<!ATTLIST saml:Assertion ID ID #FIXED "_x">]>',
      '<!doctype x>',
    ])
      expect(await refused(`${dtd}${signedResponse(idp)}`)).toBe('Malformed')
    for (const entity of ['&j;', '&f;', '&nbsp;', '&#0;', '&#x110000;', '&#55296;', '&amp', '& ', '&#;'])
      expect(await refused(signedResponse(idp).replace('>ada<', `>${entity}<`)), entity).toBe('Malformed')
  })

  it('X291 what parsers of XML read differently is refused', async () => {
    const signed = signedResponse(idp)
    const forms: readonly string[] = [
      `\uFEFF${signed}`,
      signed.replace('<samlp:Status>', '<samlp:Status x=1>'),
      signed.replace('<samlp:Status>', "<samlp:Status a='1' a='2'>"),
      signed.replace('<samlp:Status>', '<samlp:Status a="<">'),
      signed.replace('<samlp:Status>', '<samlp:Status a="\n">'),
      signed.replace('<samlp:Status>', '<samlp:Status xmlns:p="urn:a" xmlns:q="urn:a" p:i="1" q:i="2">'),
      signed.replace('<samlp:Status>', '<samlp:Status xmlns:xml="urn:x">'),
      signed.replace('<samlp:Status>', '<samlp:Status unbound:x="1">'),
      signed.replace('<samlp:Status>', '<unbound:Status/><samlp:Status>'),
      signed.replace('<samlp:Status>', '<Status xmlns=""/><samlp:Status>'),
      signed.replace('<samlp:Status>', '<\u0000/><samlp:Status>'),
      signed.replace('<samlp:Status>', ']]><samlp:Status>'),
      signed.replace('</samlp:Response>', '</samlp:Response ></samlp:Response>'),
      signed.replace('</samlp:Response>', ''),
      `${signed}<x xmlns="urn:x"/>`,
      `${signed}x`,
      `<?xml version="1.1"?>${signed}`,
      `<?xml version="1.0" encoding="UTF-7"?>${signed}`,
      '',
      'x',
    ]
    for (const form of forms) expect(await refused(form), form.slice(0, 40)).toBe('Malformed')
  })

  it('X292 huge and deep messages are refused before they are parsed', async () => {
    expect(await refused(`<a xmlns="urn:x">${' '.repeat(300_000)}</a>`)).toBe('Malformed')
    expect(await refused(`<a xmlns="urn:x">${'<a>'.repeat(40)}${'</a>'.repeat(40)}</a>`)).toBe('Malformed')
    expect(await refused(`<a xmlns="urn:x">${'<a/>'.repeat(5000)}</a>`)).toBe('Malformed')
    expect(await refused(`<a xmlns="urn:x" ${Array.from({ length: 60 }, (_, index) => `a${index}=""`).join(' ')}/>`)).toBe('Malformed')
    expect(await refused(`<${'a'.repeat(10_000)} xmlns="urn:x"/>`)).toBe('Malformed')
  })
})

describe('messages for somebody else, or for another time', () => {
  const cases: readonly (readonly [string, Partial<Parts>, Refusal])[] = [
    ['another audience', { audience: 'https://other.test' }, 'Audience'],
    ['an audience that begins like ours', { audience: 'https://login.test/upstream/corp/metadata2' }, 'Audience'],
    ['another destination', { destination: 'https://other.test/acs' }, 'Destination'],
    ['no destination', { destination: '' }, 'Structure'],
    ['another recipient', { recipient: 'https://other.test/acs' }, 'Recipient'],
    ['another issuer of the assertion', { issuer: 'https://evil.test' }, 'Issuer'],
    ['another issuer of the response', { responseIssuer: 'https://evil.test' }, 'Issuer'],
    ['the request of somebody else', { answers: ' InResponseTo="r2"', confirms: ' InResponseTo="r2"' }, 'InResponseTo'],
    ['the request of somebody else in the confirmation only', { confirms: ' InResponseTo="r2"' }, 'InResponseTo'],
    ['no request in the confirmation', { confirms: '' }, 'InResponseTo'],
    ['no request in the response', { answers: '' }, 'InResponseTo'],
    ['conditions that ended', { conditions: `NotOnOrAfter="${at(-31)}"` }, 'Time'],
    ['conditions that have not begun', { conditions: `NotBefore="${at(31)}" NotOnOrAfter="${at(90)}"` }, 'Time'],
    ['conditions without an end', { conditions: `NotBefore="${at(-5)}"` }, 'Structure'],
    ['an end that is not a time', { conditions: 'NotOnOrAfter="tomorrow"' }, 'Time'],
    ['an end without a zone', { conditions: 'NotOnOrAfter="2099-01-01T00:00:00"' }, 'Time'],
    ['a confirmation that ended', { confirmedUntil: ` NotOnOrAfter="${at(-31)}"` }, 'Time'],
    ['a confirmation without an end', { confirmedUntil: '' }, 'Structure'],
    ['an assertion of last week', { issued: at(-7 * 86400) }, 'Time'],
    ['an assertion of the future', { issued: at(31) }, 'Time'],
    ['a session that ended', { authenticated: `<saml:AuthnStatement AuthnInstant="${at(-90)}" SessionNotOnOrAfter="${at(-60)}"/>` }, 'Time'],
    ['nobody who authenticated', { authenticated: '' }, 'Structure'],
    [
      'a status of failure',
      { status: '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/></samlp:Status>' },
      'Status',
    ],
    [
      'a name of another provider',
      { nameID: '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="https://evil.test">ada</saml:NameID>' },
      'Name',
    ],
  ]
  it.each(cases)('X293 %s does not sign in anybody', async (_, changed, refusal) => {
    expect(await refused(signedResponse(idp, changed))).toBe(refusal)
  })

  it('X294 a second assertion, a condition nobody knows and a second way to confirm are refused', async () => {
    const one = sign(assertionOf(), 'Assertion', idp)
    const two = sign(assertionOf({ assertionID: '_two' }), 'Assertion', idp)
    const both = wrapped(responseAround(one), (document) => {
      const node = parseXml(two).root
      document.documentElement.appendChild(document.importNode(node, true))
    })
    expect(await refused(sign(both.replace('<saml:Issuer>', '<saml:Issuer>'), 'Response', idp))).toBe('Structure')
    const odd = assertionOf().replace('<saml:AudienceRestriction>', '<saml:Condition/><saml:AudienceRestriction>')
    expect(await refused(sign(responseAround(sign(odd, 'Assertion', idp)), 'Response', idp))).toBe('Structure')
    const confirmed = assertionOf().replace(/(<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>)/s, '$1$1')
    expect(await refused(sign(responseAround(sign(confirmed, 'Assertion', idp)), 'Response', idp))).toBe('Structure')
    const holder = assertionOf().replace('cm:bearer', 'cm:holder-of-key')
    expect(await refused(sign(responseAround(sign(holder, 'Assertion', idp)), 'Response', idp))).toBe('Structure')
  })

  it('X295 an assertion that signs a person in is not an assertion for the token endpoint, and the reverse', async () => {
    const token = 'https://login.test/token'
    const exchange = { ...rules([idp]), meant: { audiences: [token], recipients: [token], inResponseTo: undefined } }
    const forTheBrowser = sign(assertionOf(), 'Assertion', idp)
    await expect(verifyBearer(forTheBrowser, exchange)).rejects.toMatchObject({ refusal: 'Recipient' })
    const forTheEndpoint: Partial<Parts> = { recipient: token, audience: token, confirms: '' }
    expect(await verifyBearer(sign(assertionOf(forTheEndpoint), 'Assertion', idp), exchange)).toMatchObject({ nameID: 'ada' })
    expect(await refused(signedResponse(idp, forTheEndpoint))).toBe('Recipient')
    await expect(
      verifyBearer(sign(assertionOf({ ...forTheEndpoint, confirms: ' InResponseTo="r1"' }), 'Assertion', idp), exchange),
    ).rejects.toMatchObject({ refusal: 'InResponseTo' })
    await expect(verifyBearer(assertionOf(forTheEndpoint), exchange)).rejects.toMatchObject({ refusal: 'Unsigned' })
    await expect(verifyBearer(signedResponse(idp, forTheEndpoint), exchange)).rejects.toMatchObject({ refusal: 'Structure' })
  })
})

describe('random changes', () => {
  const PIECES = [
    '<!---->',
    '<a/>',
    '&amp;',
    '&#x61;',
    '"',
    '>',
    '<',
    ' ',
    '\n',
    '\r',
    '\t',
    'eve',
    ' ID="_x"',
    'xmlns="urn:x"',
    '<![CDATA[x]]>',
    '\u0000',
    '\u202e',
    '</saml:NameID><saml:NameID>eve',
    'ds:',
    '',
  ]

  it('X299 a changed response either is refused or names exactly the same person', async () => {
    const xml = signedResponse(idp)
    const whole = await verify(xml, rules([idp]))
    let accepted = 0
    const change = fc.record({
      from: fc.nat(xml.length - 1),
      length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(400)),
      piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })),
      copyFrom: fc.option(fc.nat(xml.length - 1)),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const changed = changes.reduce(
          (text, { from, length, piece, copyFrom }) =>
            text.slice(0, from) + (copyFrom === null ? piece : xml.slice(copyFrom, copyFrom + length)) + text.slice(from + length),
          xml,
        )
        const result = await refusalOf(changed, rules([idp]))
        if (typeof result === 'string') return
        accepted++
        expect(result).toEqual(whole)
      }),
      { numRuns: 1500 },
    )
    // Blanks between attributes are one change that keeps the person.
    expect(accepted).toBeGreaterThan(0)
  })

  it('X300 elements that are moved, copied or removed name nobody else', async () => {
    const xml = signedResponse(idp)
    const whole = await verify(xml, rules([idp]))
    const count = parseXml(xml).root.getElementsByTagName('*').length
    await fc.assert(
      fc.asyncProperty(fc.nat(count - 1), fc.nat(count), fc.constantFrom('move', 'copy', 'remove'), async (from, to, how) => {
        const changed = wrapped(xml, (document) => {
          const all = Array.from(document.getElementsByTagName('*'))
          const [element, place] = [all[from + 1], all[to]]
          if (element === undefined || place === undefined || (how !== 'copy' && contains(element, place))) return
          const node = how === 'copy' ? element.cloneNode(true) : (element.parentNode?.removeChild(element) ?? element)
          if (how !== 'remove') place.appendChild(node)
        })
        const result = await refusalOf(changed, rules([idp]))
        if (typeof result !== 'string') expect(result).toEqual(whole)
      }),
      { numRuns: 400 },
    )
  })
})
