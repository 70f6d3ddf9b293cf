import type { Clock } from '../../domain/clock.ts'
import { claimedGroups, claimedUsername, UnusableClaims } from '../../server/claims/names-in-claims.ts'
import type { LogoutName, SignedIn } from '../upstream-provider.ts'
import { UpstreamError } from '../upstream-provider.ts'
import type { Content, SharedState } from './shared-state.ts'

/** A person who signed in, by the name that tokens give them. All sessions and refresh tokens of the person need this. */
export type Person = {
  readonly name: string
  readonly groups: readonly string[]
  readonly upstream: string
  /** When they authenticated last, in seconds as `auth_time`. */
  readonly authenticatedAt: number
  /** Tokens of sign-ins until then are not renewed: the upstream ended its session. In seconds. */
  readonly notAfterSignIn: number
  readonly endsAtMs: number
  readonly logout?: LogoutName
}

const TYPE = 'Person'
const LOGOUT_TYPE = 'LogoutName'
/** More than any refresh token lives. */
const KEPT_SECONDS = 90_000
/** A Person is stored as one object of limited size, and its groups are in each token. */
const MAX_BYTES = 64 * 1024
const TRIES = 5

export type People = {
  /** Keeps what the upstream said now, for all tokens of this person from now on. @throws UpstreamError for a name that nobody may have */
  signIn(person: SignedIn): Promise<{ readonly person: Person; readonly leftOut: readonly string[] }>
  /** Undefined: not signed in, or signed out at the upstream after this sign-in. `authTime` in seconds. */
  find(name: string, authTime: number | undefined): Promise<Person | undefined>
  /** Ends every sign-in of the person. */
  signOut(name: string): Promise<void>
  /** Ends every sign-in of the person that the upstream names, and returns their name. Undefined: nobody of this name signed in. */
  ended(upstream: string, logout: LogoutName): Promise<string | undefined>
  /** Names and groups as tokens have them, without keeping them. @throws UpstreamError */
  named(person: SignedIn): { readonly name: string; readonly groups: readonly string[]; readonly leftOut: readonly string[] }
}

export type PeopleOptions = {
  readonly state: SharedState
  readonly clock: Clock
  /** Prefix of the names and groups of an upstream. */
  readonly prefixOf: (upstream: string) => string
  /** Prefixes of the names of agents: no person has such a name. */
  readonly reserved: readonly string[]
}

const refused = (message: string, detail: string): UpstreamError => new UpstreamError({ reason: 'Refused', message, detail })

export function createPeople({ state, clock, prefixOf, reserved }: PeopleOptions): People {
  const named: People['named'] = ({ name, groups, upstream }) => {
    const prefix = prefixOf(upstream)
    const names = { usernameClaim: 'name', groupsClaim: 'groups', usernamePrefix: prefix, groupsPrefix: prefix }
    try {
      const full = claimedUsername({ name }, names)
      // Without regard to case, as jit-apiserver compares users.
      if (reserved.some((each) => full.toLowerCase().startsWith(each.toLowerCase())))
        throw refused('Your name begins like that of an agent.', 'the name begins with a prefix of a token issuer')
      const claimed = claimedGroups({ groups }, names)
      if (Buffer.byteLength(JSON.stringify(claimed.groups)) > MAX_BYTES)
        throw refused('You are in too many groups.', 'the groups are too long in total')
      return { name: full, groups: claimed.groups, leftOut: claimed.leftOut }
    } catch (error) {
      if (error instanceof UnusableClaims) throw refused('Your identity provider gave you a name or groups that cannot be used here.', error.message)
      throw error
    }
  }

  /** Writes what `change` makes of the person, again when another replica wrote meanwhile. */
  const write = async (name: string, change: (old: Person | undefined) => Person | undefined): Promise<Person | undefined> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await state.get(TYPE, name)
      const next = change(found?.content as Person | undefined)
      if (next === undefined) return undefined
      const item = { content: next as Content, ttlSeconds: KEPT_SECONDS }
      const written =
        found === undefined ? await state.create(TYPE, name, item) : await state.replace(TYPE, name, { ...item, version: found.version })
      if (written !== undefined) return next
    }
    throw new UpstreamError({ reason: 'Unavailable', message: 'You signed in several times at the same moment. Try again.' })
  }

  const keepLogoutName = async ({ upstream, logout }: SignedIn, name: string): Promise<void> => {
    if (logout === undefined) return
    const key = `${upstream}\0${logout.nameID}`
    const found = await state.get(LOGOUT_TYPE, key)
    const item = { content: { name }, ttlSeconds: KEPT_SECONDS }
    if (found === undefined) await state.create(LOGOUT_TYPE, key, { ...item, owner: name })
    else await state.replace(LOGOUT_TYPE, key, { ...item, version: found.version })
  }

  // Not before the last sign-in, which may be dated a second ahead: see signIn.
  const end = async (name: string): Promise<void> => {
    const nowSeconds = Math.floor(clock.nowMs() / 1000)
    await write(name, (old) => (old === undefined ? undefined : { ...old, notAfterSignIn: Math.max(nowSeconds, old.authenticatedAt) }))
  }

  return {
    named,
    signIn: async (signedIn) => {
      const { name, groups, leftOut } = named(signedIn)
      await keepLogoutName(signedIn, name)
      const nowSeconds = Math.floor(clock.nowMs() / 1000)
      const person = await write(name, (old) => {
        const notAfterSignIn = old?.notAfterSignIn ?? 0
        // The clock of the upstream may be behind ours: a sign-in after a logout is after it.
        const authenticatedAt = Math.max(Math.min(Math.floor(signedIn.authenticatedAt / 1000), nowSeconds), notAfterSignIn + 1)
        return {
          name,
          groups,
          upstream: signedIn.upstream,
          authenticatedAt,
          notAfterSignIn,
          endsAtMs: signedIn.sessionEndsAt ?? Number.MAX_SAFE_INTEGER,
          ...(signedIn.logout === undefined ? {} : { logout: signedIn.logout }),
        }
      })
      if (person === undefined) throw new Error('nothing was written')
      return { person, leftOut }
    },
    find: async (name, authTime) => {
      const person = (await state.get(TYPE, name))?.content as Person | undefined
      if (person === undefined || authTime === undefined) return undefined
      // By seconds, as tokens count: one of the last second would end after the session.
      const isLive = Math.floor(clock.nowMs() / 1000) < Math.floor(person.endsAtMs / 1000)
      return authTime > person.notAfterSignIn && isLive ? person : undefined
    },
    signOut: end,
    ended: async (upstream, { nameID }) => {
      const name = (await state.get(LOGOUT_TYPE, `${upstream}\0${nameID}`))?.content['name']
      if (typeof name !== 'string') return undefined
      await end(name)
      return name
    },
  }
}
