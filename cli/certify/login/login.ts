import { decodeJwt } from 'jose'
import type * as oidc from 'openid-client'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { lines } from '../../terminal/untrusted.ts'
import { signInWithBrowser } from './browser-flow.ts'
import { signInWithDevice } from './device-flow.ts'
import { execCredential } from './exec-credential.ts'
import { logOut } from './logout.ts'
import { hasBrowser, openBrowser } from './open-browser.ts'
import { discover, renew } from './token-endpoint.ts'
import { settingsOf, type LoginSettings } from './login-settings.ts'
import { setUp } from './setup.ts'
import { cacheFolder, createTokenCache, type CachedTokens, type TokenCache } from './token-cache.ts'

/** A token that ends sooner is renewed first: kubectl uses it for a while. */
const FRESH_MS = 30_000

const isFresh = (tokens: CachedTokens | undefined, nowMs: number): tokens is CachedTokens =>
  tokens !== undefined && tokens.expiresAtMs - nowMs > FRESH_MS

/** For the person, not verified: it is what the token says. */
function whoIn({ idToken }: CachedTokens): string {
  const { sub, name, email } = decodeJwt(idToken)
  const text = [email, name, sub].find((each) => typeof each === 'string')
  return lines(text ?? '')[0] ?? ''
}

async function signIn(
  io: IO,
  server: oidc.Configuration,
  { flags, settings }: { readonly flags: ParsedFlags; readonly settings: LoginSettings },
): Promise<CachedTokens> {
  const { env = {}, platform = 'linux' } = io
  const canDevice = server.serverMetadata().device_authorization_endpoint !== undefined
  if (switchedOn(flags, 'device') || (!hasBrowser(env, platform) && canDevice)) return await signInWithDevice(io, server, settings)
  return await signInWithBrowser(io, server, { settings, openBrowser: (url) => openBrowser(url, { env, platform }) })
}

/** Tokens that are fresh: cached, renewed, or of a new sign-in. */
async function freshTokens(
  io: IO,
  cache: TokenCache,
  wanted: { readonly flags: ParsedFlags; readonly settings: LoginSettings },
): Promise<CachedTokens> {
  const cached = await cache.read()
  if (isFresh(cached, io.clock.nowMs())) return cached
  return await cache.locked(async () => {
    // Another kubectl may have signed in while this one waited.
    const now = await cache.read()
    if (isFresh(now, io.clock.nowMs())) return now
    const server = await discover(io, wanted.settings)
    const renewed = now === undefined ? undefined : await renew(server, now)
    const tokens = renewed ?? (await signIn(io, server, wanted))
    await cache.write(tokens)
    if (!isFresh(tokens, io.clock.nowMs())) throw new CommandError(EXIT.refused, 'the identity provider issues ID tokens that end at once')
    return tokens
  })
}

/** `kubectl certify login`: a credential plugin of client-go, for any OpenID Connect provider. @throws CommandError, KubectlError */
export async function certifyLogin(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const [word] = flags.words
  if (word !== undefined) throw usage(`login takes no "${word}"`, 'see: kubectl certify login --help')
  const settings = settingsOf(flags)
  if (switchedOn(flags, 'setup')) return await setUp(io, flags, settings)
  const { env = {}, platform = 'linux' } = io
  const folder = cacheFolder(env, platform)
  if (folder === undefined) throw usage('there is no folder for caches', 'set XDG_CACHE_HOME or HOME')
  // Otherwise nothing happens, and the browser or the terminal that waits for the person may be forgotten.
  const onWait = (): void =>
    io.note('Another kubectl signs in: look for its browser window or its terminal. This one waits for it, for six minutes at most.')
  const cache = createTokenCache(folder, settings, { platform, onWait })
  if (switchedOn(flags, 'logout')) return await logOut(io, settings, cache)
  const tokens = await freshTokens(io, cache, { flags, settings })
  // On a terminal a person asks, not client-go: a token on a screen is a token in a screenshot.
  if (io.width !== undefined)
    io.note(`You are signed in as ${whoIn(tokens)}. kubectl gets the token from here by itself: kubectl certify login --setup`)
  else io.print(execCredential(tokens, env))
  return EXIT.granted
}
