import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { fakeIO, type FakeIO } from '../../../fakes/io.ts'
import { claimsOf, send, visit } from '../../../login/flows.ts'
import { startFixture, type Fixture } from '../../../login/login-fixture.ts'
import { until } from '../../../until.ts'
import { runCertify } from '../../run-certify.ts'

let fixture: Fixture
let dir: string
beforeAll(async () => {
  fixture = await startFixture()
  dir = await mkdtemp(join(tmpdir(), 'jit-login-cli-'))
  await writeFile(join(dir, 'ca.crt'), fixture.ca)
  await writeFile(join(dir, 'browser'), `#!/bin/sh\nprintf %s "$1" > '${dir}/url.new' && mv '${dir}/url.new' '${dir}/url'\n`)
  await chmod(join(dir, 'browser'), 0o755)
})
afterAll(async () => {
  await fixture.close()
  await rm(dir, { recursive: true, force: true })
})
afterEach(async () => {
  for (const name of ['url', 'cache']) await rm(join(dir, name), { recursive: true, force: true })
  fixture.clock.skewMs = 0
})

const cacheDir = (): string => join(dir, 'cache/jit-access/login')
/** A program that runs `kubectl certify login`, at the time of the fixture. */
function terminal(env: { readonly [name: string]: string } = { BROWSER: join(dir, 'browser') }, extra: Partial<FakeIO> = {}): FakeIO {
  const io = fakeIO()
  const own = {
    clock: fixture.clock,
    read: (file: string) => readFile(file, 'utf8'),
    env: { XDG_CACHE_HOME: join(dir, 'cache'), ...env },
    platform: 'linux' as const,
  }
  return Object.assign(io, own, extra)
}
const ARGS = () => ['login', `--issuer=${fixture.url}`, '--client=kubectl', `--ca-file=${join(dir, 'ca.crt')}`]
const opened = async (): Promise<string> => await until('a browser opens', async () => (await readFile(join(dir, 'url'), 'utf8')) || undefined)

/** The cookie of the browser that opened last, for the port of the sign-in. */
let cookie = ''
const reach = (url: string, headers: { readonly [name: string]: string } = { cookie }): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = get(url, { agent: false, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    call.on('error', reject)
  })

/** The page of the sign-in in a new browser, which begins at the port of this computer. */
async function openBrowser() {
  const browser = fixture.browser()
  const url = await opened()
  const { headers } = await browser.once(url)
  cookie = [...browser.cookies(new URL(url).origin)].map(([name, value]) => `${name}=${value.split(';')[0]}`).join('; ')
  return { browser, page: (await visit(fixture, browser, headers.get('location') ?? '')).page }
}

/** What a person does in the browser that opened: signs in, and agrees. Returns where the browser goes then. */
async function person(): Promise<URL> {
  const { browser, page } = await openBrowser()
  const { outside } = await send(fixture, browser, page, { decision: 'continue' })
  if (outside === undefined) throw new Error('the browser was not sent back')
  return outside
}

async function signIn(io = terminal()): Promise<FakeIO> {
  const running = runCertify(io, ARGS())
  await reach((await person()).href)
  expect([await running, io.noted()]).toEqual([0, expect.stringContaining('go on in your browser')])
  await rm(join(dir, 'url'))
  return io
}

type Credential = {
  readonly apiVersion: string
  readonly kind: string
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}
const credentialOf = (io: FakeIO): Credential => JSON.parse(io.printed()) as Credential

describe('kubectl certify login', () => {
  it('signs in with a browser, and prints a credential for client-go', async () => {
    const io = await signIn()
    const { apiVersion, kind, status } = credentialOf(io)
    expect([apiVersion, kind]).toEqual(['client.authentication.k8s.io/v1', 'ExecCredential'])
    expect(claimsOf(status.token)).toMatchObject({ sub: 'alice', aud: 'kubectl', groups: ['approvers', 'developers'] })
    expect(Date.parse(status.expirationTimestamp) / 1000).toBe(claimsOf(status.token).exp)
    expect(io.noted()).not.toContain(status.token)
  })
  it('keeps the tokens in a file that only the user can read, and uses them without a browser', async () => {
    const first = credentialOf(await signIn())
    const [name = ''] = (await readdir(cacheDir())).filter((each) => each.endsWith('.json'))
    expect([(await stat(join(cacheDir(), name))).mode & 0o777, (await stat(cacheDir())).mode & 0o777]).toEqual([0o600, 0o700])
    expect(await readdir(cacheDir())).toEqual([name])
    const again = terminal()
    expect(await runCertify(again, ARGS())).toBe(0)
    expect([credentialOf(again).status.token, again.noted()]).toEqual([first.status.token, ''])
    // A file that others can read may have been written by them.
    await chmod(join(cacheDir(), name), 0o644)
    expect(credentialOf(await signIn()).status.token).not.toBe(first.status.token)
  })
  it('renews the token before it ends, and signs in again when that is over', async () => {
    const first = credentialOf(await signIn())
    const [name = ''] = (await readdir(cacheDir())).filter((each) => each.endsWith('.json'))
    const change = async (changes: object): Promise<void> => {
      const cached = JSON.parse(await readFile(join(cacheDir(), name), 'utf8')) as object
      await writeFile(join(cacheDir(), name), JSON.stringify({ ...cached, ...changes }))
    }
    await change({ expiresAtMs: fixture.clock.nowMs() + 20_000 })
    const renewed = terminal()
    expect(await runCertify(renewed, ARGS())).toBe(0)
    expect(credentialOf(renewed).status.token).not.toBe(first.status.token)
    expect(renewed.noted()).toBe('')
    await change({ refreshToken: 'revoked', expiresAtMs: 0 })
    await signIn()
  })
  it('several kubectl at once open one browser', async () => {
    const ios = [terminal(), terminal(), terminal()]
    const running = Promise.all(ios.map((io) => runCertify(io, ARGS())))
    await reach((await person()).href)
    expect(await running).toEqual([0, 0, 0])
    expect(new Set(ios.map((io) => credentialOf(io).status.token)).size).toBe(1)
    expect(ios.filter((io) => io.noted() !== '').length).toBe(1)
  })
  it('tells a person who waits for another kubectl where to sign in', async () => {
    const ios = [terminal(), terminal()]
    const running = Promise.all(ios.map((io) => runCertify(io, ARGS())))
    const outside = await person()
    const real = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => real() + 3_000)
    await until('one says that it waits', () => ios.some((io) => io.noted().includes('Another kubectl signs in')))
    await reach(outside.href)
    expect(await running).toEqual([0, 0])
    expect(ios.filter((io) => io.noted().includes('Another kubectl signs in'))).toHaveLength(1)
  })
  it('prints no token on a terminal', async () => {
    const io = terminal({ BROWSER: join(dir, 'browser') }, { width: 80 })
    await signIn(io)
    expect(io.printed()).toBe('')
    expect(io.noted()).toContain('You are signed in as alice')
    expect(io.noted()).not.toMatch(/eyJ/)
  })
  it('over SSH, shows a code to type on another device', async () => {
    const io = terminal({ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22', DISPLAY: ':0' })
    const running = runCertify(io, ARGS())
    const code = await until('a code is shown', () => /[A-Z]{4}-[A-Z]{4}/.exec(io.noted())?.[0])
    const browser = fixture.browser()
    const { page } = await visit(fixture, browser, `${fixture.url}/device`)
    const { page: confirm } = await send(fixture, browser, page, { user_code: code })
    const { page: consent } = await send(fixture, browser, confirm, { confirm: 'yes' })
    await send(fixture, browser, consent, { decision: 'continue' })
    expect(await running).toBe(0)
    expect(claimsOf(credentialOf(io).status.token).sub).toBe('alice')
  })
  it('exits with 6 when the person cancels', async () => {
    const io = terminal()
    const running = runCertify(io, ARGS())
    const { browser, page } = await openBrowser()
    const { outside } = await send(fixture, browser, page, { decision: 'cancel' })
    await reach(outside?.href ?? '')
    expect([await running, io.noted()]).toEqual([6, expect.stringContaining('did not sign you in')])
  })
  it('signs out: forgets the tokens and revokes the refresh token', async () => {
    await signIn()
    const io = terminal()
    expect([await runCertify(io, [...ARGS(), '--logout']), io.noted()]).toEqual([0, expect.stringContaining('You are signed out')])
    expect(await readdir(cacheDir())).toEqual([])
    expect(await runCertify(terminal(), [...ARGS(), '--logout'])).toBe(0)
  })
  it('sets up a user of the kubeconfig, after asking, or prints the command', async () => {
    const printed = terminal()
    expect(await runCertify(printed, [...ARGS(), '--setup'])).toBe(0)
    expect(printed.printed()).toContain(`--exec-arg=certify --exec-arg=login --exec-arg=--issuer=${fixture.url} --exec-arg=--client=kubectl`)
    const written: string[][] = []
    const io = terminal(
      {},
      { kubectl: { ...printed.kubectl, text: (args) => (written.push([...args]), Promise.resolve('')) }, ask: () => Promise.resolve('y') },
    )
    expect(await runCertify(io, [...ARGS(), '--setup', '--name=corp'])).toBe(0)
    expect(written[0]?.slice(0, 3)).toEqual(['config', 'set-credentials', 'corp'])
  })
  it('says what to type when a flag is missing or wrong', async () => {
    for (const args of [['login'], ['login', '--issuer=http://x', '--client=a'], [...ARGS(), '--port=99999'], [...ARGS(), 'word']]) {
      const io = terminal()
      expect([await runCertify(io, args), io.noted()]).toEqual([2, expect.stringMatching(/kubectl certify login|--port/)])
    }
    const away = terminal()
    expect(await runCertify(away, ['login', '--issuer=https://127.0.0.1:9', '--client=x'])).toBe(1)
    expect(away.noted()).toContain('the identity provider cannot be used')
  })
})

describe('what else reaches the port of the sign-in', () => {
  it('is not taken for the answer: another path, state, host or method', async () => {
    const io = terminal()
    const running = runCertify(io, ARGS())
    const outside = await person()
    const changed = (change: (url: URL) => void): string => {
      const url = new URL(outside)
      change(url)
      return url.href
    }
    expect(await reach(changed((url) => url.searchParams.set('state', 'x')))).toBe(404)
    expect(await reach(changed((url) => url.searchParams.delete('state')))).toBe(404)
    expect(await reach(changed((url) => (url.pathname = '/other')))).toBe(404)
    expect(await reach(outside.href, { cookie, host: 'evil.test' })).toBe(404)
    expect(await reach(outside.href, {})).toBe(404)
    expect(await reach(changed((url) => (url.search = '?error=access_denied')))).toBe(404)
    expect(await reach(outside.href)).toBe(200)
    expect(await running).toBe(0)
  })
  it('is not in the arguments of the browser, which every user of the computer can read', async () => {
    const running = runCertify(terminal(), ARGS())
    expect(await opened()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    await reach((await person()).href)
    expect(await running).toBe(0)
  })
  it('ends the sign-in if another browser opens its page, before or after the person', async () => {
    const io = terminal()
    const running = runCertify(io, ARGS())
    await openBrowser()
    // The same browser may open it again, and neither a page of another site nor a program that looks whether there is a page opens it.
    const url = await opened()
    expect([await reach(url), await reach(url, { 'sec-fetch-site': 'cross-site' }), await reach(url, { host: 'evil.test' })]).toEqual([303, 404, 404])
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status).toBe(404)
    expect(await reach(await opened(), {})).toBe(403)
    expect([await running, io.printed(), io.noted()]).toEqual([6, '', expect.stringContaining('two browsers')])
  })
  it('ends also if the browser goes while the provider is asked', async () => {
    const io = terminal()
    const running = runCertify(io, ARGS())
    const outside = await person()
    const call = get(outside.href, { agent: false, headers: { cookie } }).on('error', () => undefined)
    call.once('finish', () => call.destroy())
    expect([await running, credentialOf(io).kind]).toEqual([0, 'ExecCredential'])
  })
  it('an answer that names another issuer is refused', async () => {
    const io = terminal()
    const running = runCertify(io, ARGS())
    const outside = await person()
    outside.searchParams.set('iss', 'https://evil.test')
    expect(await reach(outside.href)).toBe(400)
    expect([await running, io.printed()]).toEqual([1, ''])
  })
})
