import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readSealKeys } from '../../../../console/session/cookie-keys.ts'
import { createSignIn } from '../../../../console/sign-in/sign-in.ts'
import { createBrowser, followWithin, hiddenFields, type Browser, type Form, type Page } from '../../../../hack/browser/plain-browser.ts'
import type { Environment } from '../../../../hack/demo/environment.ts'
import { LOGIN_CLIENTS } from '../../../../hack/up/login/configure.ts'
import { createProvider } from '../../../../server/oidc/provider-client.ts'
import { environment, environmentDir, mintToken } from '../../../cluster/environment.ts'
import { runProgram, startProgram, type Program, type Ran } from '../../../cluster/run-program.ts'
import { until } from '../../../until.ts'

let up: Environment
let dir: string
let cas: string[]
beforeAll(async () => {
  up = await environment()
  dir = await mkdtemp(join(tmpdir(), 'jit-up-login-'))
  cas = await Promise.all([up.login.caFile, up.identityProvider.caFile].map((file) => readFile(file, 'utf8')))
})
afterAll(() => rm(dir, { recursive: true }))

let browser: Browser
beforeEach(() => {
  browser = createBrowser(cas)
  return () => browser.close()
})

/** Goes on until a page has a form, or the browser is sent to somebody else. */
const goOn = (page: Page) => followWithin(browser, page, ({ origin }) => [up.login.url, up.identityProvider.issuer].includes(origin))

/** Sends the first form of a page, with its hidden fields. */
const send = async (page: Page, fields: Form) => {
  const action = /<form method="post" action="([^"]*)"/.exec(page.text)?.[1] ?? ''
  const form = { ...Object.fromEntries(hiddenFields(page.text)), ...fields }
  return await goOn(await browser.send(new URL(action, page.url).href, form, { origin: new URL(page.url).origin }))
}

/** Opens a page of login that asks for a sign-in, and chooses a human of the development identity provider. */
const signIn = async (url: string, user: string) => await send((await goOn(await browser.once(url))).page, { user })

/** kubectl with the kubeconfig that signs in at login, and an empty cache of tokens. */
const variables = (cache: string, opener = '/bin/false'): { readonly [name: string]: string } => ({
  PATH: `${up.binDir}:${process.env['PATH'] ?? ''}`,
  KUBECONFIG: up.login.kubeconfig,
  XDG_CACHE_HOME: join(dir, cache),
  BROWSER: opener,
})

const whoIs = ({ stdout }: Ran): unknown => (JSON.parse(stdout) as { readonly status: { readonly userInfo: unknown } }).status.userInfo

/** Types the code that a program prints, as a human of the development identity provider. */
async function signInByCode(running: Program, user: string): Promise<Ran> {
  await running.says(/\n {2}[A-Z]{4}-[A-Z]{4}\n/)
  const code = /\n {2}([A-Z]{4}-[A-Z]{4})\n/.exec(running.printed())?.[1] ?? ''
  const typed = await send((await goOn(await browser.once(`${up.login.url}/device`))).page, { user_code: code })
  const chosen = await send(typed.page, { confirm: 'yes' })
  const consent = await send(chosen.page, { user })
  const done = await send(consent.page, { decision: 'continue' })
  expect(done.page.text).toContain('is signed in')
  return await running.ended
}

describe('login of the local environment', () => {
  it('signs a person in at the console, as kube-apiserver names them', async () => {
    const keysFile = join(dir, 'session-keys')
    await writeFile(keysFile, Buffer.alloc(32, 5).toString('base64'))
    const clientSecretFile = join(environmentDir(), 'servers/jit-login/secrets/console-client-secret')
    const { url: issuer, caFile } = up.login
    const config = { issuer, clientID: LOGIN_CLIENTS.console, clientSecretFile, caFile, usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
    const clock = { nowMs: () => Date.now() }
    const [provider, keys] = [await createProvider(config, clock), await readSealKeys(keysFile)]
    try {
      const console = createSignIn({ config, url: up.console.url, provider, keys: () => keys, clock })
      const { location, sealed } = await console.begin('/grants')
      const { outside } = await signIn(location, 'approver')
      const { user, to } = await console.complete({ sealed, search: outside?.search ?? '' })
      expect([user, to]).toEqual([{ username: 'oidc:approver', groups: ['oidc:approvers'] }, '/grants'])
    } finally {
      await provider.close()
    }
  })

  it('gives kubectl a token by the browser, and another one without it', async () => {
    const [opener, opened] = [join(dir, 'browser'), join(dir, 'opened')]
    await writeFile(opener, `#!/bin/sh\nprintf %s "$1" > ${opened}.new && mv ${opened}.new ${opened}\n`, { mode: 0o755 })
    // Over SSH it would ask for a device code.
    const here = ['-u', 'SSH_CONNECTION', '-u', 'SSH_TTY', 'kubectl']
    const running = startProgram('env', [...here, 'auth', 'whoami', '-o', 'json'], { env: variables('browser-flow', opener) })
    const url = await until('kubectl opens a browser', () => readFile(opened, 'utf8').catch(() => undefined))
    const consent = await signIn((await browser.once(url)).headers.get('location') ?? '', 'approver')
    expect(consent.page.text).toContain('asks for tokens that act as you')
    const { outside } = await send(consent.page, { decision: 'continue' })
    await browser.once(outside?.href ?? '')
    const ran = await running.ended
    expect([ran.code, ran.stderr.includes('To sign in')]).toEqual([0, true])
    expect(whoIs(ran)).toMatchObject({ username: 'oidc:approver', groups: ['oidc:approvers', 'system:authenticated'] })
    const again = await runProgram('kubectl', ['get', 'accessrequests'], { env: variables('browser-flow') })
    expect([again.code, again.stderr.includes('To sign in')]).toEqual([0, false])
  })

  it('gives kubectl a token by a device code', async () => {
    const { url, caFile, kubectlClient } = up.login
    const env = variables('device-flow')
    const args = ['certify', 'login', '--device', `--issuer=${url}`, `--client=${kubectlClient}`, `--ca-file=${caFile}`]
    const { code, stdout } = await signInByCode(startProgram('kubectl', args, { env }), 'second-approver')
    const { status } = JSON.parse(stdout) as { readonly status: { readonly token: string } }
    expect([code, status.token.split('.').length]).toEqual([0, 3])
    expect(whoIs(await runProgram('kubectl', ['auth', 'whoami', '-o', 'json'], { env }))).toMatchObject({ username: 'oidc:second-approver' })
  })

  it('shows the device code while a plugin waits for kubectl', async () => {
    const env = { ...variables('by-plugin'), SSH_CONNECTION: 'somewhere else' }
    const { code, stderr } = await signInByCode(startProgram('kubectl', ['certify', 'grants', '-o', 'name'], { env }), 'second-approver')
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^To sign in/)])
  })

  it('exchanges the token of a CI job for one that the gateway accepts, and kube-apiserver does not', async () => {
    const { url, exchangeClient } = up.login
    const job = await mintToken({ user: 'a-job', groups: 'jobs', audience: url, claims: JSON.stringify({ repository: 'shop/web' }) })
    const answer = await browser.send(`${url}/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: exchangeClient,
      subject_token: job,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    const { access_token: token = '' } = JSON.parse(answer.text) as { readonly access_token?: string }
    const read = (server: { readonly url: string; readonly caFile: string }): Promise<Ran> =>
      runProgram(
        'kubectl',
        [`--server=${server.url}`, `--certificate-authority=${server.caFile}`, `--token=${token}`, '-n', 'shop', 'get', 'deployments', '-o', 'name'],
        {
          env: { ...variables('ci'), KUBECONFIG: '/dev/null' },
        },
      )
    expect(await read(up.gateway)).toMatchObject({ code: 0, stdout: 'deployment.apps/web\n' })
    expect((await read(up.kubernetes)).stderr).toContain('Unauthorized')
    const stranger = await mintToken({ user: 'a-job', groups: 'jobs', audience: url })
    const refused = await browser.send(`${url}/token`, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: exchangeClient,
      subject_token: stranger,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    expect(refused.code).toBe(400)
  })
})
