import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { createLocalPage } from './local-page.ts'
import { failureOf, tokensOf } from './token-endpoint.ts'
import type { LoginSettings } from './login-settings.ts'
import type { CachedTokens } from './token-cache.ts'

const PATH = '/callback'
const LIMIT_MS = 5 * 60_000

const page = (text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>jit-access</title></head><body><h1>${text}</h1><p>You can close this page and go back to your terminal.</p></body></html>`

const OPENED_TWICE = 'the sign-in was opened in two browsers, and one of them may be of another user of this computer'

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  connection: 'close',
}

/** Calls back when the browser has the page, or has gone: it may go while the provider is asked. */
const whenOver = (response: ServerResponse, then: () => void): void => void (response.closed ? then() : response.once('close', then))

/** The URL of the answer of the provider, if this is it. Anything else that reaches the port, such as a page that guesses, is not. */
function answerIn({ method, url = '', headers }: IncomingMessage, expected: { readonly origin: string; readonly state: string }): URL | undefined {
  if (method !== 'GET' || `http://${headers.host}` !== expected.origin || !url.startsWith(`${PATH}?`)) return undefined
  const answer = URL.parse(url, expected.origin)
  return answer?.pathname === PATH && answer.searchParams.get('state') === expected.state ? answer : undefined
}

/** Signs in with a browser of this computer: authorization code with PKCE, and an answer to a port of the loopback interface. @throws CommandError */
export async function signInWithBrowser(
  io: IO,
  server: oidc.Configuration,
  { settings, openBrowser }: { readonly settings: LoginSettings; readonly openBrowser: (url: string) => void },
): Promise<CachedTokens> {
  const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
  const listener = createServer()
  listener.listen(settings.port, '127.0.0.1')
  await once(listener, 'listening').catch((error: unknown) => {
    throw new CommandError(EXIT.unexpected, `port ${settings.port} of this computer cannot be used: ${error instanceof Error ? error.message : ''}`)
  })
  const { port } = listener.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const local = createLocalPage(origin, port)
  const stop = (): void => {
    listener.close()
    listener.closeAllConnections()
  }
  try {
    const url = oidc.buildAuthorizationUrl(server, {
      redirect_uri: `${origin}${PATH}`,
      scope: settings.scopes.join(' '),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    io.note(`To sign in, go on in your browser. If none opens, open:\n\n  ${local.url}\n`)
    openBrowser(local.url)
    return await new Promise<CachedTokens>((resolve, reject) => {
      const timer = setTimeout(() => reject(new CommandError(EXIT.timedOut, 'nobody signed in within five minutes')), LIMIT_MS)
      timer.unref()
      const finish = async (answer: URL, response: ServerResponse): Promise<void> => {
        try {
          const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
          const tokens = tokensOf(await oidc.authorizationCodeGrant(server, answer, checks))
          response.writeHead(200, HEADERS).end(page('You are signed in'))
          whenOver(response, () => resolve(tokens))
        } catch (error) {
          response.writeHead(400, HEADERS).end(page('You are not signed in'))
          whenOver(response, () => reject(failureOf(error)))
        } finally {
          clearTimeout(timer)
        }
      }
      const refuse = (response: ServerResponse): void => {
        response.writeHead(403, HEADERS).end(page('This sign-in was opened in another browser'))
        response.once('close', () => reject(new CommandError(EXIT.refused, OPENED_TWICE, 'run the command again, and use one browser')))
      }
      let isAnswered = false
      listener.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const visit = isAnswered ? undefined : local.visit(request)
        if (visit === 'own') return void response.writeHead(303, { ...HEADERS, location: url.href, 'set-cookie': local.cookie }).end()
        if (visit === 'other') return refuse(response)
        const answer = isAnswered || !local.isOwn(request) ? undefined : answerIn(request, { origin, state })
        if (answer === undefined) return void response.writeHead(404, HEADERS).end()
        isAnswered = true
        void finish(answer, response)
      })
    })
  } finally {
    stop()
  }
}
