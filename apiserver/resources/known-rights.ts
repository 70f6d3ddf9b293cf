import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { EXTRA } from '../../domain/api/names.ts'
import type { Authorizer, ResourceAttributes } from '../../kube/subject-access-review.ts'

/** For how long an answer is good. A right that is lost shows things for no longer; it decides nothing. */
const KEPT_MS = 5_000
const MAX_KEPT = 4096

/** Asks whether somebody may, and remembers the answer for a moment. For what is shown, never for a decision. */
export type KnownRights = { allowed(user: Identity, attributes: ResourceAttributes): Promise<boolean> }

/** The one extra that is another for every request: with it no answer would ever serve twice. */
function keyOf({ username, uid, groups, extra }: Identity, attributes: ResourceAttributes): string {
  const { [EXTRA.request]: _, ...lasting } = extra
  return JSON.stringify([username, uid, groups, lasting, attributes])
}

/** An error is not remembered. */
export function createKnownRights(authorizer: Authorizer, clock: Clock): KnownRights {
  const kept = new Map<string, { readonly untilMs: number; readonly allowed: Promise<boolean> }>()

  const ask = (key: string, user: Identity, attributes: ResourceAttributes): Promise<boolean> => {
    const allowed = authorizer.allowed(user, attributes)
    const entry = { untilMs: clock.nowMs() + KEPT_MS, allowed }
    kept.delete(key)
    kept.set(key, entry)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    allowed.catch(() => kept.get(key) === entry && kept.delete(key))
    return allowed
  }

  return {
    allowed: (user, attributes) => {
      const key = keyOf(user, attributes)
      const known = kept.get(key)
      return known !== undefined && clock.nowMs() < known.untilMs ? known.allowed : ask(key, user, attributes)
    },
  }
}
