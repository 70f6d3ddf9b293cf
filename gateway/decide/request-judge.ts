import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Decision } from '../../domain/decision.ts'
import { judge } from '../../domain/grant/judge.ts'
import type { Verdict } from '../../domain/permit.ts'
import { digestOf } from '../classify/operation-digest.ts'
import type { AccessView } from '../grants/access-view.ts'
import type { ClassifiedRequest } from '../steps.ts'
import type { DecideDependencies } from './decide-about.ts'

export type VerdictDependencies = DecideDependencies & { readonly view: AccessView; readonly clock: Clock }

/** Grants, and what the request would change now. `unplanned`: not determined yet, so an allow under a grant that is bound to one operation is provisional. */
export type JudgedBy = { readonly grants: readonly AccessGrant[]; readonly planHashes: readonly string[] | 'unplanned' }

/** Judges decisions about one request by grants. */
export type RequestJudge = {
  /** Digest of the operation. Computed when it is first needed: only grants that are bound to one operation need it. */
  digest(): string
  judge(decision: Decision, by: JudgedBy): Verdict
  /** Grants of the caller in the cache. @throws StatusError ServiceUnavailable when it is out of date */
  knownGrants(): readonly AccessGrant[]
  /** Grants of the caller in jit-apiserver. @throws StatusError ServiceUnavailable */
  freshGrants(): Promise<readonly AccessGrant[]>
}

export function createRequestJudge(asked: ClassifiedRequest, { view, clock, cluster }: VerdictDependencies): RequestJudge {
  const { classified, caller } = asked
  const { username } = caller.identity
  let made: string | undefined
  const digest = (): string => (made ??= digestOf(asked))
  return {
    digest,
    judge: (decision, { grants, planHashes }) =>
      judge({
        classified,
        identity: caller.identity,
        decision,
        grants,
        nowMs: clock.nowMs(),
        named: (name) => view.grantNamed?.(name),
        bond: {
          get digest() {
            return digest()
          },
          planHashes,
        },
        ...(cluster === undefined ? {} : { cluster }),
      }),
    knownGrants: () => view.grantsOf(username),
    freshGrants: () => view.freshGrants(username),
  }
}
