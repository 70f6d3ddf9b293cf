import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { CLAIM_DEFAULTS } from '../../server/claims/claim-fields.ts'
import { SCOPE_DEFAULTS } from '../../server/oidc/client-fields.ts'
import { isOutage } from '../../server/oidc/provider-outage.ts'
import type { Provider } from '../../server/oidc/provider-client.ts'
import type { SignInConfig } from '../config.ts'
import { pageOrInbox } from '../http/known-path.ts'
import type { CookieKeys } from '../session/cookie-keys.ts'
import { seal, unseal } from '../session/seal-cookie.ts'
import { namesIn, type SignedInNames } from './signed-in-names.ts'

export const CALLBACK = '/sign-in/callback'
/** How long somebody may take at the provider. */
export const SIGN_IN_SECONDS = 600

export type SignInOptions = {
  readonly config: SignInConfig
  /** URL of the console, without a path. */
  readonly url: string
  readonly provider: Provider
  readonly keys: () => CookieKeys
  readonly clock: Clock
}

/** `sealed`: what the callback needs, for a cookie of the same browser. */
export type Begun = { readonly location: string; readonly sealed: string }
/** `to`: the page that was asked for. `leftOut`: claims that were ignored, with the reasons, for the log. */
export type Completed = {
  readonly user: SignedInNames
  readonly to: string
  readonly leftOut: readonly string[]
  readonly idToken: string | undefined
}

const again = (message: string, cause?: unknown): StatusError => new StatusError('BadRequest', message, { cause })

/** A sign-in that the provider or the browser did not complete rightly. Network trouble is another error. */
function failure(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  if (isOutage(error) || error instanceof TypeError)
    return new StatusError('ServiceUnavailable', 'the identity provider cannot be reached; try again', { cause: error })
  if (error instanceof oidc.AuthorizationResponseError)
    return new StatusError('Forbidden', 'the identity provider did not sign you in', { cause: error })
  if (error instanceof oidc.ResponseBodyError)
    return again('the identity provider did not accept this sign-in, perhaps because it was used before', error)
  if (error instanceof oidc.ClientError && error.code === 'OAUTH_TIMEOUT')
    return new StatusError('ServiceUnavailable', 'the identity provider did not answer in time; try again', { cause: error })
  return again('the answer of the identity provider does not fit this sign-in', error)
}

/**
 * Sign-in by the authorization code flow of OpenID Connect, with PKCE, state and nonce. What a sign-in needs is sealed into a cookie of the browser
 * that began it, so that the answer of the provider fits no other browser and any replica can complete it.
 */
export function createSignIn({ config, url, provider, keys, clock }: SignInOptions): {
  begin(to: unknown): Promise<Begun>
  /** @param search the query of the callback @throws StatusError */
  complete(answer: { readonly sealed: string; readonly search: string }): Promise<Completed>
} {
  const names = { ...CLAIM_DEFAULTS, ...config }
  const redirectURI = `${url}${CALLBACK}`
  const scope = ['openid', ...(config.scopes ?? SCOPE_DEFAULTS)].join(' ')
  return {
    begin: async (to) => {
      const server = await provider.current()
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
      const location = oidc.buildAuthorizationUrl(server, {
        redirect_uri: redirectURI,
        scope,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const claims = { state, nonce, verifier, to: pageOrInbox(to) }
      const sealed = await seal(keys(), 'signIns', { claims, expiresAtMs: clock.nowMs() + SIGN_IN_SECONDS * 1000 })
      return { location: location.href, sealed }
    },
    complete: async ({ sealed, search }) => {
      const begun = await unseal(keys(), 'signIns', { token: sealed, nowMs: clock.nowMs() })
      const { state, nonce, verifier, to } = begun ?? {}
      if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string')
        throw again('this sign-in was not begun in this browser, or too long ago')
      try {
        const tokens = await oidc.authorizationCodeGrant(await provider.current(), new URL(`${redirectURI}${search}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        const { alg } = decodeProtectedHeader(tokens.id_token ?? '')
        if (claims === undefined || alg === undefined || !(names.algorithms as readonly string[]).includes(alg))
          throw again('the identity provider signed with an algorithm that the console does not accept')
        const { leftOut, ...user } = namesIn(claims, names)
        return { user, to: pageOrInbox(to), leftOut, idToken: tokens.id_token }
      } catch (error) {
        provider.failed(error)
        throw failure(error)
      }
    },
  }
}
