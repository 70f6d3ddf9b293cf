import * as oidc from 'openid-client'
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { discover } from './token-endpoint.ts'
import type { LoginSettings } from './login-settings.ts'
import type { TokenCache } from './token-cache.ts'

/** Forgets the tokens here, and revokes the refresh token at the provider if it can. @throws CommandError */
export async function logOut(io: IO, settings: LoginSettings, cache: TokenCache): Promise<ExitCode> {
  return await cache.locked(async () => {
    const tokens = await cache.read()
    // First here: what is forgotten is not used again, even when the provider is away.
    await cache.remove()
    if (tokens === undefined) {
      io.note('You were not signed in.')
      return EXIT.granted
    }
    if (tokens.refreshToken === undefined) {
      io.note('You are signed out on this computer. The last token is valid until it expires.')
      return EXIT.granted
    }
    try {
      const server = await discover(io, settings)
      if (server.serverMetadata().revocation_endpoint === undefined) throw new Error('it revokes no tokens')
      await oidc.tokenRevocation(server, tokens.refreshToken, { token_type_hint: 'refresh_token' })
      io.note('You are signed out. The last token is valid until it expires.')
      return EXIT.granted
    } catch (error) {
      io.note(`You are signed out on this computer. The identity provider was not told: ${error instanceof Error ? error.message : 'it failed'}`)
      return EXIT.partlyFailed
    }
  })
}
