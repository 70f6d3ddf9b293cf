import { createPublicKey, X509Certificate } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { SamlConfig } from '../../../login/saml/config.ts'
import { UpstreamError } from '../../../login/upstream-provider.ts'
import { readRedirectQuery } from '../../../login/saml/messages/redirect-query.ts'
import { parseXml } from '../../../login/saml/xml/parse.ts'
import { verifySigned } from '../../../login/saml/xml/signature.ts'
import type { App, AppOptions } from './app.ts'
import { assertionOf, attribute, encrypt, metadataOf, NOW, responseAround, sign, signedResponse, type Parts } from './identity-provider.ts'
import { about, answer, idp, next, old, openSamlFixture, sp } from './saml-fixture.ts'
import { base64, type Visitor } from './saml-browser.ts'

const stage = openSamlFixture()
let app: App
let visitor: Visitor
async function start(config: Partial<SamlConfig> = {}, more: Partial<AppOptions> = {}): Promise<void> {
  app = await stage.start(config, more)
  visitor = stage.visit(app)
}

const named = (name: string, format = 'persistent'): Partial<Parts> => ({
  nameID: `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:${format}">${name}</saml:NameID>`,
})
const grouped = (group: string): Partial<Parts> => ({
  attributes: `<saml:AttributeStatement>${attribute('groups', 'dev', group)}</saml:AttributeStatement>`,
})

const accept = (text: string): Promise<unknown> => app.upstream.verifyAssertion?.(text, 'exchange') ?? Promise.reject(new Error('none'))

describe('signing in', () => {
  it('sends a signed request, and names the person of the signed answer to the browser that began', async () => {
    await start()
    const sent = await visitor.get('/begin')
    expect(sent.status).toBe(303)
    const url = new URL(sent.headers.get('location') ?? '')
    expect(`${url.origin}${url.pathname}`).toBe('https://idp.test/sso')
    const { document, kind, relayState } = readRedirectQuery(url.search.slice(1), [
      createPublicKey(new X509Certificate(sp.cert).publicKey.export({ type: 'spki', format: 'pem' })),
    ])
    expect([kind, relayState]).toEqual(['SAMLRequest', undefined])
    expect(document.root.getAttribute('AssertionConsumerServiceURL')).toBe(`${app.url}/upstream/corp/acs`)
    expect(document.root.getAttribute('Destination')).toBe('https://idp.test/sso')
    const answered = await answer(visitor, signedResponse(idp, about(app, document.root.getAttribute('ID') ?? '')))
    expect(answered.status).toBe(303)
    const finished = await visitor.get(answered.headers.get('location') ?? '')
    expect(await finished.json()).toMatchObject({
      person: {
        name: 'ada',
        groups: ['oncall', 'dev'],
        upstream: 'corp',
        authenticatedAt: NOW - 10_000,
        sessionEndsAt: NOW + 3_600_000,
        logout: { nameID: 'ada', sessionIndex: 's1' },
      },
    })
    expect(await app.registry.metrics()).toContain('jit_login_saml_messages_total{upstream="corp",message="Response",result="Success"} 1')
  })

  it.each([
    ['/begin', false],
    ['/begin?max_age=0', true],
    ['/begin?max_age=300', true],
  ])('%s makes a request whose ForceAuthn is %s', async (path, forced) => {
    await start()
    const { location } = Object.fromEntries((await visitor.get(path)).headers)
    const deflated = new URL(location ?? '').searchParams.get('SAMLRequest') ?? ''
    const { root } = parseXml(inflateRawSync(Buffer.from(deflated, 'base64')).toString())
    expect(root.getAttribute('ForceAuthn') === 'true').toBe(forced)
  })

  it('counts what it has to remember for the person whom the assertion names', async () => {
    const remembered = new Map<string, string>()
    await start({}, { remembered })
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin())))
    expect([...remembered.values()]).toEqual(['ada', 'ada'])
  })

  it('posts the request where the configuration says so, by a page without inline scripts', async () => {
    await start({ requestBinding: 'POST' })
    const page = await visitor.get('/begin')
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none';.* script-src 'self';/)
    const html = await page.text()
    expect(html).toContain('action="https://idp.test/sso"')
    expect(html).not.toMatch(/<script>|onload|style=/)
    const [, value = ''] = /name="SAMLRequest" value="([^"]*)"/.exec(html) ?? []
    const xml = Buffer.from(value.replaceAll('&#61;', '='), 'base64').toString()
    const document = parseXml(xml)
    expect(verifySigned(document, document.root, [sp.publicKey]).root.getAttribute('Destination')).toBe('https://idp.test/sso')
    expect(await (await visitor.get('/upstream/corp/submit.js')).text()).toContain('submit()')
  })

  it('reads encrypted assertions with any of its keys, and only those where the configuration says so', async () => {
    await start({ encryptedOnly: true })
    for (const to of [sp, old]) {
      const told = about(app, await visitor.begin(), { assertionID: `_for${to === sp ? 'sp' : 'old'}` })
      const xml = sign(responseAround(encrypt(sign(assertionOf(told), 'Assertion', idp), to.publicKey), told), 'Response', idp)
      expect((await answer(visitor, xml)).status).toBe(303)
    }
    expect((await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { assertionID: '_plain' })))).status).toBe(403)
  })

  it('takes name and groups from the attributes that the configuration names', async () => {
    await start({ nameAttribute: 'email', groupsAttribute: 'roles' })
    const attributes = `<saml:AttributeStatement>${attribute('email', 'ada@corp.test')}${attribute('roles', 'one')}${attribute('roles', 'two', '')}</saml:AttributeStatement>`
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { attributes })))
    expect(app.outcomes[0]).toMatchObject({ person: { name: 'ada@corp.test', groups: ['one', 'two'] } })
    const twoNames = `<saml:AttributeStatement>${attribute('email', 'ada@corp.test', 'eve@corp.test')}</saml:AttributeStatement>`
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { attributes: twoNames, assertionID: '_2' })))
    expect(app.outcomes[1]).toMatchObject({ failure: { reason: 'Refused' } })
  })

  it('refuses names and groups that Kubernetes or jit-access hands out, and names that change', async () => {
    await start()
    const cases = [
      named('system:admin'),
      named('jit.access:agent'),
      named(' ada'),
      named(''),
      named('a\u202eda'),
      named('x1', 'transient'),
      grouped('system:masters'),
      grouped('jit.access:elevated:p'),
    ]
    for (const [index, changed] of cases.entries())
      await answer(visitor, signedResponse(idp, about(app, await visitor.begin(), { ...changed, assertionID: `_${index}` })))
    expect(app.outcomes.map((each) => ('failure' in each ? each.failure.reason : 'signed in'))).toEqual(cases.map(() => 'Refused'))
    for (const line of app.logged) expect(line).toMatch(/^a SAML response was refused: Name: [a-zA-Z0-9 ,:;-]+$/)
  })

  it('says that the identity provider refused, without quoting it', async () => {
    await start()
    const status =
      '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/><samlp:StatusMessage>call +1 555</samlp:StatusMessage></samlp:Status>'
    const response = await answer(visitor, sign(responseAround('', about(app, await visitor.begin(), { status })), 'Response', idp))
    expect(response.status).toBe(403)
    expect(await response.text()).not.toContain('555')
    expect(app.outcomes[0]).toMatchObject({ failure: { reason: 'Refused' } })
  })

  it('tells an error from a denial: a store that cannot be reached does not sign in anybody', async () => {
    await start(
      {},
      {
        remembered: new Proxy(new Map<string, string>(), {
          get: () => {
            throw new Error('the store is away')
          },
        }),
      },
    )
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin())))
    expect(app.outcomes[0]).toMatchObject({ failure: { reason: 'Unavailable' } })
  })
})

describe('metadata', () => {
  it('describes the service provider: both keys for signing, one for encryption, and its addresses', async () => {
    await start()
    const response = await visitor.get('/upstream/corp/metadata')
    expect(response.headers.get('content-type')).toContain('application/samlmetadata+xml')
    const { root } = parseXml(await response.text())
    expect(root.getAttribute('entityID')).toBe(`${app.url}/upstream/corp/metadata`)
    const uses = Array.from(root.getElementsByTagName('md:KeyDescriptor')).map((each) => each.getAttribute('use'))
    expect(uses).toEqual(['signing', 'encryption'])
    const places = ['SingleLogoutService', 'AssertionConsumerService'].flatMap((name) =>
      Array.from(root.getElementsByTagName(`md:${name}`)).map((each) => each.getAttribute('Location')),
    )
    expect(places).toEqual([`${app.url}/upstream/corp/slo`, `${app.url}/upstream/corp/slo`, `${app.url}/upstream/corp/acs`])
  })

  it('accepts both keys of the identity provider during a rollover', async () => {
    await start({}, { metadata: { xml: metadataOf([idp, next]) } })
    for (const [index, key] of [idp, next].entries())
      expect((await answer(visitor, signedResponse(key, about(app, await visitor.begin(), { assertionID: `_${index}` })))).status).toBe(303)
  })

  it('are read again for a key that is not known, and another key is refused', async () => {
    await start()
    await app.publish(metadataOf([next]))
    for (const [key, status] of [
      [next, 303],
      [old, 403],
      [idp, 403],
    ] as const)
      expect((await answer(visitor, signedResponse(key, about(app, await visitor.begin())))).status).toBe(status)
  })

  it('cannot be used without metadata, and says so', async () => {
    await start({}, { metadata: { xml: '<x/>' } })
    expect(app.upstream.ready?.()).toBe(false)
    await expect(app.upstream.begin('i', {}, {} as never)).rejects.toThrow(UpstreamError)
    expect(await app.registry.metrics()).toContain('jit_login_saml_metadata_refreshes_total{upstream="corp",result="Error"} 1')
  })
})

describe('an assertion for the token endpoint', () => {
  const TOKEN = 'https://login.test/token'
  const given: Partial<Parts> = { audience: TOKEN, recipient: TOKEN, confirms: '' }

  it('names the agent once, as XML, base64 or base64url', async () => {
    await start({ exchange: { recipient: TOKEN } })
    const one = sign(assertionOf(given), 'Assertion', idp)
    expect(await accept(Buffer.from(one).toString('base64url'))).toMatchObject({ name: 'ada', groups: ['oncall', 'dev'] })
    for (const again of [one, base64(one)]) await expect(accept(again)).rejects.toMatchObject({ failure: { reason: 'Expired' } })
    expect(await accept(sign(assertionOf({ ...given, assertionID: '_b' }), 'Assertion', idp))).toMatchObject({ name: 'ada' })
    await expect(accept(sign(assertionOf({ ...given, audience: 'https://other.test', assertionID: '_c' }), 'Assertion', idp))).rejects.toMatchObject({
      failure: { reason: 'Invalid' },
    })
    await expect(accept('eyJhbGciOiJub25lIn0.e30.')).rejects.toBeInstanceOf(UpstreamError)
  })

  it('is not accepted where the configuration does not say so', async () => {
    await start()
    expect(app.upstream.verifyAssertion).toBeUndefined()
  })
})
