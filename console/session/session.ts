import { createHash, randomBytes } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { equalSecrets } from '../../server/sealing/equal-secrets.ts'
import type { SignedInNames } from '../sign-in/signed-in-names.ts'
import type { CookieKeys } from './cookie-keys.ts'
import { seal, unseal } from './seal-cookie.ts'

export const SESSION_COOKIE = '__Host-jit-console'

/** A signed-in user. The cookie is all there is of it: replicas share only the keys. */
export type Session = SignedInNames & {
  /** Random. The audit log of the cluster has it with every call of the session. */
  readonly id: string
  /** Random. Every form of the session carries it. */
  readonly csrf: string
  readonly startedAtMs: number
  readonly seenAtMs: number
  /** When the identity provider said last who is signed in. */
  readonly checkedAtMs: number
}

export type SessionLimits = {
  readonly idleMs: number
  readonly lifetimeMs: number
  /** How often the identity provider has to say again that the person is signed in. Undefined: never. */
  readonly recheckMs?: number | undefined
}

/** A session is sealed again when it was last seen this long ago, not on each request. */
const RENEW_MS = 30_000

const random = (): string => randomBytes(18).toString('base64url')

export const newSession = (user: SignedInNames, nowMs: number): Session => ({
  ...user,
  id: random(),
  csrf: random(),
  startedAtMs: nowMs,
  seenAtMs: nowMs,
  checkedAtMs: nowMs,
})

/**
 * The session after a sign-in in a browser that has one: that of the same person goes on, so that the forms of open pages stay valid. It does not last longer by it, and has the
 * groups of now.
 */
export const continued = (before: Session | undefined, user: SignedInNames, nowMs: number): Session =>
  before?.username === user.username ? { ...before, ...user, seenAtMs: nowMs, checkedAtMs: nowMs } : newSession(user, nowMs)

/** When the session ends if its user does nothing more. One that was not checked in time goes on for the idle time, for forms that are being filled in. */
export const endOf = ({ startedAtMs, seenAtMs, checkedAtMs }: Session, { idleMs, lifetimeMs, recheckMs = Infinity }: SessionLimits): number =>
  Math.min(startedAtMs + lifetimeMs, seenAtMs + idleMs, checkedAtMs + recheckMs + idleMs)

/** Whether the identity provider should say again who is signed in. */
export const isDue = ({ checkedAtMs }: Session, { recheckMs = Infinity }: SessionLimits, nowMs: number): boolean => nowMs >= checkedAtMs + recheckMs

export const sealSession = (keys: CookieKeys, session: Session, limits: SessionLimits): Promise<string> =>
  seal(keys, 'sessions', { claims: { ...session }, expiresAtMs: endOf(session, limits) })

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isTime = (value: unknown): value is number => typeof value === 'number'

/** Only a server with the keys writes the claims, perhaps one of another version. */
function sessionIn({ id, csrf, username, groups, startedAtMs, seenAtMs, checkedAtMs = startedAtMs }: JWTPayload): Session | undefined {
  if (![id, csrf, username].every(isText) || ![startedAtMs, seenAtMs, checkedAtMs].every(isTime)) return undefined
  if (!Array.isArray(groups) || !groups.every(isText)) return undefined
  return { id, csrf, username, groups, startedAtMs, seenAtMs, checkedAtMs } as Session
}

/** The session of a cookie. Undefined when it is not one of ours, or has ended under the limits that hold now. */
export async function openSession(
  keys: CookieKeys,
  token: string,
  { limits, nowMs }: { readonly limits: SessionLimits; readonly nowMs: number },
): Promise<Session | undefined> {
  const claims = token === '' ? undefined : await unseal(keys, 'sessions', { token, nowMs })
  const session = claims === undefined ? undefined : sessionIn(claims)
  return session !== undefined && nowMs < endOf(session, limits) ? session : undefined
}

/** The session as seen now. Undefined while the cookie is new enough. */
export const renewed = (session: Session, nowMs: number): Session | undefined =>
  nowMs - session.seenAtMs < RENEW_MS ? undefined : { ...session, seenAtMs: nowMs }

/** A name that tabs of the session share, and that tells nothing of it. */
export const channelOf = ({ id }: Pick<Session, 'id'>): string => createHash('sha256').update(`channel ${id}`).digest('base64url').slice(0, 16)

/** Whether a form is one of this session. */
export function isOwnForm({ csrf }: Session, token: unknown): boolean {
  if (typeof token !== 'string') return false
  const [expected, given] = [Buffer.from(csrf), Buffer.from(token)]
  return equalSecrets(expected, given)
}
