import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Clock } from '../../domain/clock.ts'
import type { ClientConfig, LoginConfig } from '../config/config.ts'
import { requestScope } from './request-scope.ts'

export const TOKEN_SECONDS = 600
const SESSION_SECONDS = 28_800
const REFRESH_SECONDS = 28_800
/** A sign-in, with the time that a person takes at the upstream. */
export const INTERACTION_SECONDS = 900
const CODE_SECONDS = 60
export const DEVICE_CODE_SECONDS = 300
/** A Grant outlives what was issued under it. */
const GRANT_MARGIN_SECONDS = 600

export const tokenSecondsOf = ({ tokenSeconds = TOKEN_SECONDS }: Pick<ClientConfig, 'tokenSeconds'>): number => tokenSeconds

/**
 * Lifetime of a token of a person, in seconds: no token ends after the session at the upstream. 0 if that session has ended, or if its end is not a time.
 * @param endsAtMs Optional. Defaults to a session without an end
 */
export function secondsUntil(endsAtMs: number | undefined, seconds: number, clock: Clock): number {
  if (endsAtMs === undefined) return seconds
  const left = Math.floor(endsAtMs / 1000) - Math.floor(clock.nowMs() / 1000)
  return left > 0 ? Math.min(seconds, left) : 0
}

export const refreshSecondsOf = ({ grants, refreshSeconds = REFRESH_SECONDS }: Pick<ClientConfig, 'grants' | 'refreshSeconds'>): number =>
  grants.includes('RefreshToken') ? refreshSeconds : 0

/** `exp`: when it was saved last. */
type SavedSession = { readonly accountId?: string | undefined; readonly exp?: number | undefined }
type OfClient = { readonly clientId?: string | undefined }

/** Lifetimes for oidc-provider, in seconds. */
export function lifetimes(
  { sessionSeconds = SESSION_SECONDS }: Pick<LoginConfig, 'sessionSeconds'>,
  clientOf: (id: string) => ClientConfig,
  clock: Clock,
) {
  const of = (client: OfClient | undefined): ClientConfig => clientOf(client?.clientId ?? '')
  // oidc-provider accepts no lifetime of 0. The session may end while the request is answered.
  const tokenSeconds = (client: OfClient | undefined): number =>
    Math.max(1, secondsUntil(requestScope().sessionEndsAtMs, tokenSecondsOf(of(client)), clock))
  return {
    AuthorizationCode: CODE_SECONDS,
    DeviceCode: DEVICE_CODE_SECONDS,
    Interaction: INTERACTION_SECONDS,
    /** oidc-provider saves the session with each request. It ends at the time that the sign-in gave it all the same, also for a thief who keeps it busy. */
    Session: (context: KoaContextWithOIDC, { accountId, exp }: SavedSession): number =>
      accountId === undefined || exp === undefined || context.oidc.result?.login !== undefined
        ? sessionSeconds
        : Math.min(sessionSeconds, Math.max(1, exp - Math.floor(clock.nowMs() / 1000))),
    AccessToken: (_context: unknown, _token: unknown, client: OfClient) => tokenSeconds(client),
    IdToken: (_context: KoaContextWithOIDC, _token: unknown, client: OfClient) => tokenSeconds(client),
    Grant: (_context: KoaContextWithOIDC, grant: OfClient) => Math.max(refreshSecondsOf(of(grant)), DEVICE_CODE_SECONDS) + GRANT_MARGIN_SECONDS,
    /** A new refresh token ends when the one before it did: a person signs in again in the end. */
    RefreshToken: (context: KoaContextWithOIDC, _token: unknown, client: OfClient) =>
      Math.max(1, context.oidc.entities.RotatedRefreshToken?.remainingTTL ?? refreshSecondsOf(of(client))),
  }
}
