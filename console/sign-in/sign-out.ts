import * as oidc from 'openid-client'
import { reasonOf, type Log } from '../../server/log.ts'
import { seal, unseal } from '../session/seal-cookie.ts'
import type { SignInOptions } from './sign-in.ts'

export const SIGNED_OUT = '/signed-out'
/** How long a browser takes from the form to the page that leads on to the provider. */
export const LEAVE_SECONDS = 60
/** The ID token goes into a cookie, and into a URL of the provider. One with many groups is too long for both: without it, the provider asks who signs out. */
const MAX_HINT_LENGTH = 2_800

/** Signing out at the provider too. What it takes is sealed in a cookie of the browser, which opens to nobody but the console. */
export type ProviderSignOut = {
  /** For the cookie while somebody is signed in. Undefined: there is nothing to keep. */
  remember(idToken: string | undefined, seconds: number): Promise<string | undefined>
  /** For the cookie after the form of sign-out. Undefined: sign-out ends at the console. */
  leave(remembered: string): Promise<string | undefined>
  /** Where the browser goes on to, once its form has said so. Undefined: nowhere. */
  next(left: string): Promise<string | undefined>
}

export function createSignOut({ config, url, provider, keys, clock, log }: SignInOptions & { readonly log: Log }): ProviderSignOut {
  const { signOut = 'Provider' } = config
  const sealed = (claims: { readonly leave: boolean; readonly hint?: string }, seconds: number): Promise<string> =>
    seal(keys(), 'signOuts', { claims, expiresAtMs: clock.nowMs() + seconds * 1000 })
  const opened = async (token: string): Promise<{ readonly leave: boolean; readonly hint?: string }> => {
    const { leave, hint } = (token === '' ? undefined : await unseal(keys(), 'signOuts', { token, nowMs: clock.nowMs() })) ?? {}
    return { leave: leave === true, ...(typeof hint === 'string' ? { hint } : {}) }
  }
  return {
    remember: async (idToken, seconds) =>
      signOut === 'Console' || idToken === undefined || idToken.length > MAX_HINT_LENGTH
        ? undefined
        : await sealed({ leave: false, hint: idToken }, seconds),
    leave: async (remembered) => (signOut === 'Console' ? undefined : await sealed({ ...(await opened(remembered)), leave: true }, LEAVE_SECONDS)),
    next: async (left) => {
      const { leave, hint } = await opened(left)
      if (!leave) return undefined
      try {
        const server = await provider.current()
        if (server.serverMetadata().end_session_endpoint === undefined) return undefined
        const to = oidc.buildEndSessionUrl(server, {
          ...(hint === undefined ? {} : { id_token_hint: hint }),
          ...(signOut === 'ProviderAndReturn' ? { post_logout_redirect_uri: `${url}${SIGNED_OUT}` } : {}),
        })
        return to.protocol === 'https:' ? to.href : undefined
      } catch (error) {
        // The session of the console has ended all the same.
        log.warn('sign-out.provider-unknown', { error: reasonOf(error) })
        return undefined
      }
    },
  }
}
