import { describe, expect, it } from 'vitest'
import type { SamlConfig } from '../../../../login/saml/config.ts'
import { readRedirectQuery } from '../../../../login/saml/messages/redirect-query.ts'
import { redirectURL, signMessage } from '../../../../login/saml/messages/send.ts'
import type { App, AppOptions } from '../app.ts'
import { at, IDP, metadataOf, signedResponse, type SamlKey } from '../identity-provider.ts'
import { about, answer, idp, next, openSamlFixture, sp } from '../saml-fixture.ts'
import { base64, requestIn, type Visitor } from '../saml-browser.ts'

const stage = openSamlFixture()
let app: App
let visitor: Visitor
async function start(config: Partial<SamlConfig> = {}, more: Partial<AppOptions> = {}): Promise<void> {
  app = await stage.start(config, more)
  visitor = stage.visit(app)
}

const request = (changed = '', names = '<saml:NameID>ada</saml:NameID><samlp:SessionIndex>s1</samlp:SessionIndex>', id = '_out1'): string =>
  `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${at(0)}" Destination="${app.url}/upstream/corp/slo"${changed}><saml:Issuer>${IDP}</saml:Issuer>${names}</samlp:LogoutRequest>`
const signing = (): { readonly key: SamlKey['privateKey']; readonly cert: string } => ({ key: idp.privateKey, cert: idp.cert })
const redirected = (xml: string, relayState?: string): string =>
  redirectURL({ kind: 'SAMLRequest', xml, relayState }, { location: '/upstream/corp/slo', signing: signing() })

const said = (id: string): string =>
  redirectURL(
    {
      kind: 'SAMLResponse',
      xml: `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0" IssueInstant="${at(0)}" Destination="${app.url}/upstream/corp/slo" InResponseTo="${id}"><saml:Issuer>${IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>`,
    },
    { location: '/upstream/corp/slo', signing: signing() },
  )

describe('single logout', () => {
  it('ends the sessions that the identity provider names, by HTTP-Redirect, and answers signed', async () => {
    await start()
    const response = await visitor.get(redirected(request(), 'opaque'))
    expect(app.ended).toEqual([{ nameID: 'ada', sessionIndex: 's1' }])
    const url = new URL(response.headers.get('location') ?? '')
    const read = readRedirectQuery(url.search.slice(1), [sp.publicKey])
    expect([read.kind, read.relayState, read.document.root.getAttribute('InResponseTo'), url.pathname]).toEqual([
      'SAMLResponse',
      'opaque',
      '_out1',
      '/slo',
    ])
  })

  it('does so by HTTP-POST', async () => {
    await start()
    const response = await visitor.post('/upstream/corp/slo', { SAMLRequest: base64(signMessage(request(), signing())) })
    expect(app.ended).toEqual([{ nameID: 'ada', sessionIndex: 's1' }])
    expect(await response.text()).toContain('name="SAMLResponse"')
  })

  it('refuses what is unsigned, signed by another, expired, sent elsewhere, or came before', async () => {
    await start()
    const posted = async (xml: string): Promise<number> => (await visitor.post('/upstream/corp/slo', { SAMLRequest: base64(xml) })).status
    expect(await posted(request())).toBe(400)
    expect(await posted(signMessage(request(), { key: next.privateKey, cert: idp.cert }))).toBe(400)
    expect(await posted(signMessage(request(` NotOnOrAfter="${at(-120)}"`), signing()))).toBe(400)
    expect(await posted(signMessage(request().replace('/upstream/corp/slo', '/upstream/other/slo'), signing()))).toBe(400)
    expect((await visitor.get(redirected(request()).replace(/Signature=[^&]*/, 'Signature=AAAA'))).status).toBe(400)
    expect((await visitor.get(redirected(request()).replace(/&SigAlg=.*/, ''))).status).toBe(400)
    expect((await visitor.get(`${redirected(request())}&RelayState=x`)).status).toBe(400)
    expect(app.ended).toEqual([])
    expect(await posted(signMessage(request(), signing()))).toBe(200)
    expect(await posted(signMessage(request(), signing()))).toBe(400)
    expect(app.ended).toHaveLength(1)
  })

  it('signs out at the identity provider too, and accepts the answer to its own request once', async () => {
    await start()
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin())))
    const location = (await visitor.get('/sign-out')).headers.get('location') ?? ''
    const asked = requestIn(location)
    expect([
      asked.localName,
      asked.getAttribute('Destination'),
      asked.getElementsByTagNameNS('*', 'SessionIndex')[0]?.childNodes[0]?.nodeValue,
    ]).toEqual(['LogoutRequest', 'https://idp.test/slo', 's1'])
    expect((await visitor.get(said('_other'))).status).toBe(400)
    const answered = await visitor.get(said(asked.getAttribute('ID') ?? ''))
    expect([answered.status, answered.headers.get('location')]).toEqual([303, '/signed-out'])
    expect((await visitor.get(said(asked.getAttribute('ID') ?? ''))).status).toBe(400)
  })

  it('reads the metadata again for a request that a key signed which is not known', async () => {
    await start()
    await app.publish(metadataOf([next]))
    const xml = signMessage(request(), { key: next.privateKey, cert: next.cert })
    expect((await visitor.post('/upstream/corp/slo', { SAMLRequest: base64(xml) })).status).toBe(200)
    expect(app.ended).toHaveLength(1)
  })

  it('accepts the answers to two requests of the same moment', async () => {
    await start()
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin())))
    const sent = await Promise.all([visitor.get('/sign-out'), visitor.get('/sign-out')])
    const ids = sent.map((each) => requestIn(each.headers.get('location') ?? '').getAttribute('ID') ?? '')
    expect(await Promise.all(ids.map(async (id) => (await visitor.get(said(id))).status))).toEqual([303, 303])
  })

  it('counts what has to be remembered for the person', async () => {
    const remembered = new Map<string, string>()
    await start({}, { remembered })
    await answer(visitor, signedResponse(idp, about(app, await visitor.begin())))
    const asked = requestIn((await visitor.get('/sign-out')).headers.get('location') ?? '')
    remembered.clear()
    await visitor.get(said(asked.getAttribute('ID') ?? ''))
    await visitor.get(redirected(request()))
    await visitor.get(redirected(request('', '<saml:NameID>bob</saml:NameID>', '_out2')))
    const [response, ada, bob] = remembered.values()
    expect([response, bob]).toEqual([ada, expect.not.stringMatching(ada ?? '')])
  })
})
