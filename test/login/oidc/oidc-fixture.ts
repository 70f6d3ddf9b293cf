import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { OidcConfig } from '../../../login/oidc/config.ts'
import { makeOidcUpstream } from '../../../login/oidc/oidc-upstream.ts'
import type { Upstream } from '../../../login/upstream-provider.ts'
import type { Browser } from '../../../hack/browser/plain-browser.ts'
import { authURL, follow, newPkce, type Query } from '../flows.ts'
import { startFixture, type Fixture } from '../login-fixture.ts'

/** An OpenID Connect provider of the tests. */
export type TestProvider = { readonly issuer: string; readonly ca: string; stop(): Promise<void> }

export type OidcFixture<P extends TestProvider> = {
  readonly fixture: Fixture
  readonly provider: P
  readonly registry: Registry
  readonly upstreams: readonly Upstream[]
  close(): Promise<void>
}

/** Login with the upstream `corp`, which is a client of the provider. */
export async function openOidcFixture<P extends TestProvider>(
  startProvider: (redirectURI: string) => Promise<P>,
  client: Omit<OidcConfig, 'issuer' | 'caFile'>,
): Promise<OidcFixture<P>> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-login-oidc-'))
  const registry = new Registry()
  const upstreams: Upstream[] = []
  let starting: Promise<P> | undefined
  const fixture = await startFixture({
    makeUpstream: async ({ id, label }, context) => {
      starting ??= startProvider(`${context.url}/callback`)
      const { issuer, ca } = await starting
      await writeFile(join(dir, 'ca.crt'), ca)
      const upstream = await makeOidcUpstream({ id, label, issuer, caFile: join(dir, 'ca.crt'), ...client }, context, registry)
      upstreams.push(upstream)
      return upstream
    },
  })
  if (starting === undefined) throw new Error('no upstream was made')
  const provider = await starting
  return {
    fixture,
    provider,
    registry,
    upstreams,
    close: async () => {
      await fixture.close()
      await provider.stop()
      await rm(dir, { recursive: true })
    },
  }
}

/** Where login sends the browser of a person who begins to sign in at the console. */
export async function beginAt({ fixture }: { readonly fixture: Fixture }, browser: Browser, changes: Query = {}) {
  const pkce = newPkce()
  const { outside, page } = await follow(fixture, browser, await browser.once(authURL(fixture, { code_challenge: pkce.challenge, ...changes })))
  if (outside === undefined) throw new Error(`${page.code} ${page.text}`)
  return { at: outside, pkce }
}

/** How often each result was counted. */
export async function resultsIn(registry: Registry): Promise<{ readonly [result: string]: number }> {
  const { values = [] } = (await registry.getSingleMetric('jit_login_oidc_answers_total')?.get()) ?? {}
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels['result']), value]))
}
