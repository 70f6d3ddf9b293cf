import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { CommandError, EXIT, usage } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { lines } from '../../terminal/untrusted.ts'
import { httpsFetch } from './https-fetch.ts'
import type { LoginSettings } from './login-settings.ts'
import type { CachedTokens } from './token-cache.ts'

const TIMEOUT_SECONDS = 15

/** Its words, without what would steer the terminal. */
const said = ({ error, error_description: text }: { readonly error: string; readonly error_description?: string | undefined }): string =>
  lines(text ?? error).join(' ')

/** An error of the provider or the network as one sentence with the exit code that fits. No token is in it. */
export function failureOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  if (error instanceof oidc.AuthorizationResponseError)
    return new CommandError(EXIT.refused, `the identity provider did not sign you in: ${said(error)}`)
  if (error instanceof oidc.ResponseBodyError)
    return error.status < 500
      ? new CommandError(EXIT.refused, `the identity provider refused: ${said(error)}`)
      : new CommandError(EXIT.unexpected, `the identity provider failed with ${error.status}; try again`)
  const reasons: string[] = []
  for (let at: unknown = error; at instanceof Error && reasons.length < 3; at = at.cause) reasons.push(at.message)
  return new CommandError(EXIT.unexpected, `the identity provider cannot be used: ${reasons.join(': ')}`)
}

/** The provider as its discovery document describes it. @throws CommandError */
export async function discover(io: IO, settings: LoginSettings): Promise<oidc.Configuration> {
  const { issuer, client, caFile, clientSecretFile } = settings
  const ca = caFile === undefined ? undefined : await io.read(caFile)
  const secret = clientSecretFile === undefined ? undefined : (await io.read(clientSecretFile)).trim()
  if (secret === '') throw usage(`--client-secret-file=${clientSecretFile}: is empty`)
  try {
    return await oidc.discovery(new URL(issuer), client, {}, secret === undefined ? oidc.None() : oidc.ClientSecretPost(secret), {
      [oidc.customFetch]: httpsFetch(ca, io.env),
      timeout: TIMEOUT_SECONDS,
    })
  } catch (error) {
    throw failureOf(error)
  }
}

/** What is kept of an answer with tokens. @throws CommandError when there is no ID token */
export function tokensOf(answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers, before?: CachedTokens): CachedTokens {
  const { exp } = answer.claims() ?? {}
  const idToken = answer.id_token
  if (idToken === undefined || exp === undefined) throw new CommandError(EXIT.refused, 'the identity provider issued no ID token')
  const refreshToken = answer.refresh_token ?? before?.refreshToken
  return { idToken, expiresAtMs: exp * 1000, ...(refreshToken === undefined ? {} : { refreshToken }) }
}

const subjectOf = ({ idToken }: CachedTokens): string | undefined => decodeJwt(idToken).sub

/** A renewed token names the same person: OpenID Connect Core 1.0, section 12.2. @throws CommandError */
function samePerson(renewed: CachedTokens, before: CachedTokens): CachedTokens {
  if (subjectOf(renewed) === subjectOf(before)) return renewed
  throw new CommandError(
    EXIT.refused,
    'the identity provider renewed your token as one of somebody else',
    'sign out with --logout, and sign in again',
  )
}

/** New tokens for a refresh token. Undefined when the provider does not accept it any more. @throws CommandError when it cannot be asked */
export async function renew(server: oidc.Configuration, before: CachedTokens): Promise<CachedTokens | undefined> {
  if (before.refreshToken === undefined) return undefined
  try {
    const answer = await oidc.refreshTokenGrant(server, before.refreshToken)
    // A provider may renew without a new ID token. kubectl needs one, so the person signs in again.
    return answer.id_token === undefined ? undefined : samePerson(tokensOf(answer, before), before)
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined
    throw failureOf(error)
  }
}
