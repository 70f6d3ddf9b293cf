import { deflateRawSync } from 'node:zlib'
import { sign as signBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { signMessage } from '../../../login/saml/messages/send.ts'
import type { App } from '../../login/saml/app.ts'
import { assertionOf, at, encrypt, IDP, responseAround, sign, signedResponse } from '../../login/saml/identity-provider.ts'
import { about, answer, idp, next, openSamlFixture, sp } from '../../login/saml/saml-fixture.ts'
import { base64 } from '../../login/saml/saml-browser.ts'
import { WRAPPINGS, wrapped } from '../../login/saml/wrapping.ts'

/** X. What a visitor can try at the routes of the SAML service provider, with messages that the identity provider really signed. */
const stage = openSamlFixture()
const { start, visit } = stage
const reasons = (app: App): readonly string[] => app.outcomes.map((outcome) => ('failure' in outcome ? outcome.failure.reason : 'signed in'))

const unasked = (app: App): string => signedResponse(idp, about(app, '', { answers: '', confirms: '' }))

it('X301 a response signs in once: not again, not for another request, and not at another replica', async () => {
  const remembered = new Map<string, string>()
  const app = await start({}, { remembered })
  const visitor = visit(app)
  const xml = signedResponse(idp, about(app, await visitor.begin()))
  const replica = await start({}, { remembered, publicURL: app.url })
  await answer(visitor, xml)
  await answer(visitor, xml)
  await visit({ ...replica, url: replica.listensAt }).post('/upstream/corp/acs', { SAMLResponse: base64(xml) })
  expect(reasons(app)).toEqual(['signed in', 'Expired'])
  expect(reasons(replica)).toEqual(['Expired'])
  // The same assertion in a new response, as an identity provider that repeats itself would send it.
  await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { responseID: '_again' })))
  expect(reasons(app).at(-1)).toBe('Expired')
})

it('X302 two answers at the same time sign in once', async () => {
  const app = await start()
  const visitor = visit(app)
  const request = await visitor.begin()
  const xml = ['_a', '_b', '_c'].map((assertionID) => signedResponse(idp, about(app, request, { assertionID })))
  await Promise.all([...xml, ...xml].map((each) => answer(visitor, each)))
  expect(reasons(app).filter((reason) => reason === 'signed in')).toHaveLength(1)
})

it('X303 the answer to the request of an attacker does not sign in anybody in the browser of a victim, nor the reverse', async () => {
  const app = await start()
  const [attacker, victim] = [visit(app), visit(app)]
  const [theirs, mine] = [await attacker.begin(), await victim.begin()]
  const planted = await answer(victim, signedResponse(idp, about(app, theirs, { assertionID: '_planted' })))
  expect((await victim.get(planted.headers.get('location') ?? '/')).status).toBe(403)
  const stolen = await answer(attacker, signedResponse(idp, about(app, mine, { assertionID: '_stolen' })))
  expect((await attacker.get(stolen.headers.get('location') ?? '/')).status).toBe(403)
})

it('X304 a response that nobody asked for does not sign in anybody, and goes only where the configuration says', async () => {
  const off = await start()
  expect((await answer(visit(off), unasked(off), { RelayState: 'https://evil.test/' })).status).toBe(403)
  const on = await start({ unsolicitedURL: 'https://console.test/' })
  const sent = await answer(visit(on), unasked(on), { RelayState: 'https://evil.test/' })
  expect([sent.status, sent.headers.get('location'), sent.headers.get('set-cookie')]).toEqual([303, 'https://console.test/', null])
  expect([reasons(off), reasons(on)]).toEqual([['Expired'], []])
})

it('X305 requests that were never made, or of another kind, are not answered', async () => {
  const app = await start()
  const visitor = visit(app)
  const real = await visitor.begin()
  for (const request of ['r1', `${real}x`, real.slice(0, -1), real.replace('t.', 't.x'), '', '../..'])
    await answer(visitor, signedResponse(idp, about(app, request)))
  expect(new Set(reasons(app))).toEqual(new Set(['Expired']))
})

it('X306 RelayState is neither followed nor shown, whatever it is', async () => {
  const app = await start()
  const visitor = visit(app)
  for (const [index, RelayState] of [
    'https://evil.test/',
    '//evil.test',
    'javascript:alert(1)',
    '"><script>alert(1)</script>',
    '\r\nSet-Cookie: a=b',
    'x'.repeat(100_000),
  ].entries()) {
    const response = await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { assertionID: `_${index}` })), { RelayState })
    expect(response.headers.get('location')).toMatch(/^\/finish\?interaction=[0-9a-f]+$/)
    expect(await response.text()).not.toContain('evil')
  }
})

it('X307 forms that are too large, hold a field twice or no message are refused, and the service goes on', async () => {
  const app = await start()
  const visitor = visit(app)
  const xml = base64(signedResponse(idp, about(app, await visitor.begin())))
  const forms = [
    `SAMLResponse=${'A'.repeat(600_000)}`,
    `SAMLResponse=${encodeURIComponent(xml)}&SAMLResponse=${encodeURIComponent(xml)}`,
    'SAMLResponse[a]=b',
    '',
    Array.from({ length: 20 }, (_, index) => `a${index}=`).join('&'),
  ]
  for (const form of forms)
    expect((await visitor.post('/upstream/corp/acs', Object.fromEntries(new URLSearchParams(form)))).status).toBe(form.includes('&SAML') ? 303 : 403)
  for (const text of ['%%%', 'AAA', 'PHg+', `${xml}=`, `${xml}!`])
    expect((await visitor.post('/upstream/corp/acs', { SAMLResponse: text })).status).toBe(403)
  expect((await visitor.get(`/upstream/corp/acs?SAMLResponse=${encodeURIComponent(xml)}`)).status).toBe(405)
})

it('X308 a message that inflates without end is not inflated: unsigned not at all, signed up to its limit', async () => {
  const app = await start()
  const visitor = visit(app)
  const bomb = deflateRawSync(Buffer.alloc(2_000_000, ' '))
  const query = `SAMLRequest=${encodeURIComponent(bomb.toString('base64'))}&SigAlg=${encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}`
  const signature = encodeURIComponent(signBytes('sha256', Buffer.from(query), idp.privateKey).toString('base64'))
  expect((await visitor.get(`/upstream/corp/slo?${query}&Signature=AAAA`)).status).toBe(400)
  expect((await visitor.get(`/upstream/corp/slo?${query}&Signature=${signature}`)).status).toBe(400)
  expect(app.logged.map((line) => line.split(': ')[1])).toEqual(['BadSignature', 'Malformed'])
})

it('X309 a logout with an algorithm that is not accepted, or wrapped into another one, ends no session', async () => {
  const app = await start()
  const visitor = visit(app)
  const request = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_out" Version="2.0" IssueInstant="${at(0)}" Destination="${app.url}/upstream/corp/slo"><saml:Issuer>${IDP}</saml:Issuer><saml:NameID>ada</saml:NameID></samlp:LogoutRequest>`
  const signed = signMessage(request, { key: idp.privateKey, cert: idp.cert })
  const evil = signed.replace('<samlp:LogoutRequest', '<samlp:LogoutRequest xmlns:x="urn:x"').replace('>ada<', '>everybody<')
  const inside = `${request.replace('_out', '_evil').replace('>ada<', '>everybody<').replace('</samlp:LogoutRequest>', '')}${signed}</samlp:LogoutRequest>`
  for (const xml of [evil, inside, request]) expect((await visitor.post('/upstream/corp/slo', { SAMLRequest: base64(xml) })).status).toBe(400)
  for (const [algorithm, hash] of [
    ['http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'sha1'],
    ['http://www.w3.org/2000/09/xmldsig#hmac-sha1', 'sha1'],
    ['', 'sha1'],
    // What every object of JavaScript has.
    ['constructor', 'sha256'],
    ['__proto__', 'sha256'],
  ] as const) {
    const query = `SAMLRequest=${encodeURIComponent(deflateRawSync(request).toString('base64'))}&SigAlg=${encodeURIComponent(algorithm)}`
    const signature = encodeURIComponent(signBytes(hash, Buffer.from(query), idp.privateKey).toString('base64'))
    expect((await visitor.get(`/upstream/corp/slo?${query}&Signature=${signature}`)).status).toBe(400)
  }
  expect(app.ended).toEqual([])
})

it('X310 a wrapped response reaches nobody through the routes, and the log repeats nothing of it', async () => {
  const app = await start()
  const visitor = visit(app)
  for (const form of Object.values(WRAPPINGS)) await answer(visitor, wrapped(signedResponse(idp, about(app, await visitor.begin())), form))
  expect(reasons(app)).toEqual(Object.keys(WRAPPINGS).map(() => 'Invalid'))
  expect(app.logged.join()).not.toMatch(/eve|ada|corp\.test/)
})

it('X311 an answer that comes when its time is over does not sign in anybody', async () => {
  const app = await start()
  const visitor = visit(app)
  const xml = signedResponse(idp, about(app, await visitor.begin()))
  stage.nowMs += 121_000 // its end, and the skew
  await answer(visitor, xml)
  expect(reasons(app)).toEqual(['Expired'])
})

it('X314 a visitor learns nothing from how a ciphertext fails, and without a signed response nothing is tried', async () => {
  const app = await start({ encryptedOnly: true })
  const visitor = visit(app)
  const inside = [
    (signed: string) => encrypt(signed, idp.publicKey),
    (signed: string) => encrypt(signed, sp.publicKey, { cipher: 'aes-256-cbc', filling: (length) => Buffer.alloc(length, 0xff) }),
    (signed: string) => encrypt(Buffer.from(`${signed}\u00ff`, 'latin1'), sp.publicKey),
    (signed: string) => encrypt(`${signed}<`, sp.publicKey),
    (signed: string) => encrypt(signed.replace('>ada<', '>eve<'), sp.publicKey),
    (signed: string) => encrypt(signed, sp.publicKey, { transport: 'pkcs1' }),
  ]
  for (const signer of [idp, next])
    for (const [index, each] of inside.entries()) {
      const given = about(app, await visitor.begin(), { assertionID: `_${index}` })
      await answer(visitor, sign(responseAround(each(sign(assertionOf(given), 'Assertion', idp)), given), 'Response', signer))
    }
  expect(new Set(app.outcomes.map((outcome) => ('failure' in outcome ? outcome.failure.message : 'signed in'))).size).toBe(1)
  const logged = app.logged.map((line) => line.split(': ')[1])
  expect(logged.slice(0, 6)).toEqual(['Decryption', 'Decryption', 'Decryption', 'Malformed', 'BadSignature', 'Algorithm'])
  expect(logged.slice(6)).toEqual(inside.map(() => 'BadSignature'))
})
