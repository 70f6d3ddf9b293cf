import * as oidc from 'openid-client'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { lines } from '../../terminal/untrusted.ts'
import { failureOf, tokensOf } from './token-endpoint.ts'
import type { LoginSettings } from './login-settings.ts'
import type { CachedTokens } from './token-cache.ts'

/** Signs in with a browser of another computer, by a code that the person types there: RFC 8628. @throws CommandError */
export async function signInWithDevice(io: IO, server: oidc.Configuration, { scopes }: LoginSettings): Promise<CachedTokens> {
  if (server.serverMetadata().device_authorization_endpoint === undefined)
    throw new CommandError(
      EXIT.refused,
      'the identity provider has no sign-in by device code',
      'sign in on a computer with a browser, without --device',
    )
  try {
    const begun = await oidc.initiateDeviceAuthorization(server, { scope: scopes.join(' ') })
    const [code, url] = [lines(begun.user_code)[0] ?? '', lines(begun.verification_uri)[0] ?? '']
    io.note(`To sign in, open this page on any device, and type the code:\n\n  ${url}\n  ${code}\n`)
    return tokensOf(await oidc.pollDeviceAuthorizationGrant(server, begun))
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'expired_token')
      throw new CommandError(EXIT.timedOut, 'nobody typed the code in time', 'try again: the code is another one then')
    throw failureOf(error)
  }
}
