import { afterEach, beforeEach } from 'vitest'
import type { SamlConfig } from '../../../login/saml/config.ts'
import { startApp, type App, type AppOptions } from './app.ts'
import { IDP, metadataOf, NOW, samlKey, type Parts } from './identity-provider.ts'
import { base64, visitorOf, type Visitor } from './saml-browser.ts'

/** Keys of the identity provider, now and next, and of the service provider, now and before. */
export const [idp, next, sp, old] = await Promise.all([samlKey('idp'), samlKey('next'), samlKey('sp'), samlKey('old')])

export type SamlFixture = {
  nowMs: number
  start(config?: Partial<SamlConfig>, more?: Partial<AppOptions>): Promise<App>
  visit(app: App): Visitor
}

/** The apps and visitors of the tests of a file. Each test begins at `NOW`, and what it started ends with it. */
export function openSamlFixture(): SamlFixture {
  const started: (() => Promise<void>)[] = []
  const metadata = { xml: metadataOf([idp]) }
  const stage: SamlFixture = {
    nowMs: NOW,
    start: async (config = {}, more = {}) => {
      const clock = { nowMs: () => stage.nowMs }
      const app = await startApp({ entityID: IDP, signing: sp, decryption: [sp, old], metadata, clock, config, ...more })
      started.push(() => app.stop())
      return app
    },
    visit: (app) => {
      const visitor = visitorOf(app)
      started.push(() => visitor.close())
      return visitor
    },
  }
  beforeEach(() => void (stage.nowMs = NOW))
  afterEach(async () => {
    for (const stop of started.splice(0).reverse()) await stop()
  })
  return stage
}

/** What the identity provider says to this app about a request. */
export const about = (app: App, request: string, changed: Partial<Parts> = {}): Partial<Parts> => ({
  audience: `${app.url}/upstream/corp/metadata`,
  destination: `${app.url}/upstream/corp/acs`,
  recipient: `${app.url}/upstream/corp/acs`,
  answers: ` InResponseTo="${request}"`,
  confirms: ` InResponseTo="${request}"`,
  ...changed,
})

export const answer = (visitor: Visitor, xml: string, more: { readonly [name: string]: string } = {}): ReturnType<Visitor['post']> =>
  visitor.post('/upstream/corp/acs', { SAMLResponse: base64(xml), ...more })
