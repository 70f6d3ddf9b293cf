import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { EXTRA } from '../../domain/api/names.ts'
import type { Authorizer, ResourceAttributes } from '../../kube/subject-access-review.ts'
import { OwnedCache } from '../../server/owned-cache.ts'

/** How long a result is cached. A user that loses a permission can still see objects for at most this long; no decision uses the cache. */
const KEPT_MS = 5_000
/** For each user, so that a user with many policies to see cannot evict the results of another. */
const BOUNDS = { owners: 512, each: 1024 }

/** An authorizer with a short-lived cache. Use it only for what is shown, never for a decision. */
export type KnownRights = { allowed(user: Identity, attributes: ResourceAttributes): Promise<boolean> }

/** The part of a cache key that names the user. Leaves out the extra that differs for every request, since it would defeat the cache. */
export function keyOfUser({ username, uid, groups, extra }: Identity): string {
  const { [EXTRA.request]: _, ...lasting } = extra
  return JSON.stringify([username, uid, groups, lasting])
}

/** Errors are not cached. */
export function createKnownRights(authorizer: Authorizer, clock: Clock): KnownRights {
  /** A list asks for each of its objects, and a user can have hundreds of groups. */
  const names = new WeakMap<Identity, string>()
  const keyOf = (user: Identity, attributes: ResourceAttributes): string => {
    const name = names.get(user) ?? keyOfUser(user)
    names.set(user, name)
    return `${name} ${JSON.stringify(attributes)}`
  }
  const kept = new OwnedCache<{ readonly untilMs: number; readonly allowed: Promise<boolean> }>(BOUNDS)

  const ask = (key: string, user: Identity, attributes: ResourceAttributes): Promise<boolean> => {
    const allowed = authorizer.allowed(user, attributes)
    const entry = { untilMs: clock.nowMs() + KEPT_MS, allowed }
    kept.set(user.username, key, entry)
    allowed.catch(() => kept.get(user.username, key) === entry && kept.delete(user.username, key))
    return allowed
  }

  return {
    allowed: (user, attributes) => {
      const key = keyOf(user, attributes)
      const known = kept.get(user.username, key)
      return known !== undefined && clock.nowMs() < known.untilMs ? known.allowed : ask(key, user, attributes)
    },
  }
}
