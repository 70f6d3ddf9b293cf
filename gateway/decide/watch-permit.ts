import type { Decision } from '../../domain/decision.ts'
import type { PermitGrant } from '../../domain/permit.ts'
import { strictest } from '../../domain/policy/decide.ts'
import type { AccessView } from '../grants/access-view.ts'
import { mayBeLongRunning } from '../classify/may-last.ts'
import { maskingDigest } from '../mask/policy-masking.ts'
import type { ClassifiedRequest, Permitted } from '../steps.ts'
import { neverKnown } from './body/known-objects.ts'
import { decideAbout, type DecideDependencies } from './decide-about.ts'
import { NO_ENDING, type LivePermit, type StreamRevocation } from './stream-revocation.ts'

export type WatchDependencies = DecideDependencies & { readonly view: AccessView; readonly livePermits: StreamRevocation }

/** What a running response depends on. */
type Depends = Pick<Permitted, 'permit' | 'policies' | 'revealed'>

const isFree = ({ shadow, effect }: Decision): boolean => shadow || effect === 'Allow'

/** Whether a grant counts under a decision: by its policy, and because its subject may receive it if it was transferred. */
const counts = ({ policy, ancestors }: PermitGrant, { alike, policy: decided, receives }: Decision): boolean =>
  (alike ?? [decided]).includes(policy) && (ancestors === undefined || receives === true)

/**
 * Whether current policies are no stricter than when the request was permitted, and mask the same fields: the masker of a stream is created when
 * the stream starts. Does not check again what a write makes of its object; that was checked at the start, and the webhook checks it too. Fails
 * closed when no decision is possible, and when the decision depends on an object that can never be known, as for exec.
 */
function stillAllowed(asked: ClassifiedRequest, { permit: { decision: then, grant }, policies: before }: Depends, deps: WatchDependencies): boolean {
  try {
    // Runs when the permit starts to be watched, and after each change of a policy.
    const { decision, loosest = decision, policies } = decideAbout(asked, deps.view.policies(), deps)
    const now = neverKnown(asked) === undefined ? loosest : decision
    const { info } = asked.classified
    if (maskingDigest(policies, info) !== maskingDigest(before, info)) return false
    if (grant === undefined) return isFree(now)
    return counts(grant, now) && (isFree(now) || (!then.shadow && strictest([then, now]) === then))
  } catch {
    return false
  }
}

const NOT_WATCHED: LivePermit = { signal: NO_ENDING, release: () => {} }

/** The grants that a response depends on, and those that they are a part of. Reveals are not transferred. */
function namesIn({ permit: { grant }, revealed }: Depends): readonly string[] {
  return [...(grant === undefined ? [] : [grant.name, ...(grant.ancestors ?? [])]), ...(revealed === undefined ? [] : [revealed.grant])]
}

function watch(asked: ClassifiedRequest, permitted: Depends, deps: WatchDependencies): LivePermit {
  const {
    permit: { grant },
    revealed,
  } = permitted
  return deps.livePermits.watch({
    grants: namesIn(permitted),
    grantsExpireAtMs: Math.min(grant?.expiresAtMs ?? Infinity, revealed?.expiresAtMs ?? Infinity),
    tokenExpiresAtMs: asked.caller.expiresAtMs,
    allowed: () => stillAllowed(asked, permitted, deps),
  })
}

/**
 * Watches what a response depends on while it runs: its grant, its reveal grant, the token and the policies. Does not watch a request that policies
 * allow without a grant and that ends within kube-apiserver's request timeout.
 */
export function watchPermit(asked: ClassifiedRequest, permitted: Depends, deps: WatchDependencies): LivePermit {
  const isShort = permitted.permit.grant === undefined && permitted.revealed === undefined && !mayBeLongRunning(asked)
  return isShort ? NOT_WATCHED : watch(asked, permitted, deps)
}

/** How a permit has ended by now, for a request that waited without being watched. Undefined: it holds. */
export function endingNow(permitted: Permitted, deps: WatchDependencies): unknown {
  const { signal, release } = watch(permitted, permitted, deps)
  release()
  return signal.aborted ? signal.reason : undefined
}
