import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { AGENT_USER, AGENTS_GROUP, baselineGroup, elevatedGroup, EXTRA, serviceAccountGroups, serviceAccountUser } from '../../domain/api/names.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { passedGroups } from '../../domain/policy/acting-groups.ts'
import { impersonationFix, type ImpersonationMode } from '../../domain/policy/status/impersonation-fix.ts'
import type { Impersonation } from '../../domain/policy/status/policy-conditions.ts'
import type { Authorizer, PathAttributes, ResourceAttributes } from '../../kube/subject-access-review.ts'
import { reasonOf } from '../../server/log.ts'

/** ServiceAccount as which the gateway impersonates agents. */
export type Impersonator = { readonly namespace: string; readonly name: string }

/** Checks whether the gateway can impersonate the identities of a policy. Never throws: if the check fails, the result is unknown. */
export type Probe = (policy: AccessPolicy) => Promise<Impersonation>

export type ImpersonationCheckOptions = {
  readonly authorizer: Authorizer
  /** Undefined if the configuration names none. */
  readonly impersonator: Impersonator | undefined
  /** Whether kube-apiserver knows the constrained verbs of impersonation. One that does not has only the rules. */
  readonly knowsConstrained: () => Promise<boolean>
  readonly clock: Clock
}

export type ImpersonationCheck = {
  readonly probe: Probe
  /** How the gateway impersonates. @throws StatusError when the review fails */
  readonly mode: () => Promise<ImpersonationMode>
}

/** How long what does not depend on a policy is cached. */
const FRESH_MS = 10_000
/** The value of the extras in the questions. No issuer can issue a name with this prefix. */
const PROBE_VALUE = 'jit.access:probe'

type Named = { readonly resource: 'users' | 'groups' | 'userextras'; readonly name: string; readonly subresource?: string }

function question(mode: ImpersonationMode, named: Named): ResourceAttributes {
  const verb = mode === 'classic' ? 'impersonate' : 'impersonate:user-info'
  const group = mode === 'classic' && named.resource !== 'userextras' ? '' : 'authentication.k8s.io'
  return { verb, group, ...named }
}

const identityOf = ({ namespace, name }: Impersonator): Identity => ({
  username: serviceAccountUser(namespace, name),
  uid: '',
  groups: serviceAccountGroups(namespace),
  extra: {},
})

const VERSION: PathAttributes = { verb: 'impersonate-on:user-info:get', path: '/version' }
const OUTDATED = {
  can: 'no',
  fix: 'kubectl apply -k kustomize/base  # its ClusterRole jit-impersonator does not match this release',
} as const
/** For a Kubernetes that does not know the constrained verbs, or an installation that uses the classic one. */
const CLASSIC_OUTDATED = {
  can: 'no',
  fix: 'kubectl apply -k YOUR-OVERLAY  # with kustomize/components/classic-impersonation of this release',
} as const

/**
 * Asks RBAC, by SubjectAccessReviews about the impersonator, for everything that a request of the policy's agents can carry. So the controller
 * needs no right to impersonate. It does not find a server whose feature gate for constrained impersonation is off: requests of agents
 * then fail with an error that says so.
 */
export function createImpersonationCheck(options: ImpersonationCheckOptions): ImpersonationCheck {
  const { authorizer, impersonator, knowsConstrained, clock } = options
  const allowed = (asked: ResourceAttributes | PathAttributes, as: Impersonator): Promise<boolean> => authorizer.allowed(identityOf(as), asked)

  /** The first that is refused, or undefined. Asks all at once. */
  const refusedOf = async (names: readonly { readonly label: string; readonly asked: ResourceAttributes }[], as: Impersonator) => {
    const answers = await Promise.all(names.map(({ asked }) => allowed(asked, as)))
    return names.find((_, index) => answers[index] !== true)?.label
  }
  /** What is the same for every policy: the mode, the user, the extras and the path. */
  const readBase = async (as: Impersonator) => {
    const isClassic = !(await knowsConstrained()) || (await allowed(question('classic', { resource: 'groups', name: AGENTS_GROUP }), as))
    const mode: ImpersonationMode = isClassic ? 'classic' : 'constrained'
    const refused = await refusedOf(
      [
        { label: 'users', asked: question(mode, { resource: 'users', name: AGENT_USER }) },
        ...Object.values(EXTRA).map((subresource) => ({
          label: `userextras/${subresource}`,
          asked: question(mode, { resource: 'userextras', subresource, name: PROBE_VALUE }),
        })),
      ],
      as,
    )
    return { mode, refused, getsVersion: isClassic || (await allowed(VERSION, as)) }
  }
  let known: { readonly atMs: number; readonly base: ReturnType<typeof readBase> } | undefined
  const baseOf = (as: Impersonator): ReturnType<typeof readBase> => {
    if (known !== undefined && clock.nowMs() - known.atMs < FRESH_MS) return known.base
    const base = readBase(as)
    known = { atMs: clock.nowMs(), base }
    base.catch(() => (known = undefined))
    return base
  }

  const attempt = async (policy: AccessPolicy, as: Impersonator): Promise<Impersonation> => {
    const { name } = policy.metadata
    const { mode, refused, getsVersion } = await baseOf(as)
    if (refused !== undefined) return { ...(mode === 'classic' ? CLASSIC_OUTDATED : OUTDATED), refused }
    const passed = passedGroups(policy.spec.tokenGroups ?? [], [policy])
    const groups = [AGENTS_GROUP, baselineGroup(name), elevatedGroup(name), ...passed]
    const lacking = await refusedOf(
      groups.map((group) => ({ label: group, asked: question(mode, { resource: 'groups', name: group }) })),
      as,
    )
    if (lacking !== undefined)
      return { can: 'no', refused: `the group "${lacking}"`, fix: impersonationFix(name, { mode, tokenGroups: passed, impersonator: as }) }
    if (!getsVersion)
      return { can: 'unknown', why: 'the gateway may not get /version when it impersonates an agent: its ClusterRole jit-impersonator was changed' }
    return { can: 'yes' }
  }
  return {
    probe: async (policy) => {
      if (impersonator === undefined) return { can: 'unknown', why: 'the configuration of the controller names no impersonator' }
      return attempt(policy, impersonator).catch((error: unknown): Impersonation => ({
        can: 'unknown',
        why: `RBAC could not be asked: ${reasonOf(error)}`,
      }))
    },
    mode: async () => (impersonator === undefined ? 'constrained' : (await baseOf(impersonator)).mode),
  }
}

/** Kubernetes 1.36 and later know the constrained verbs. @throws Error for a version that cannot be read */
export function knowsConstrainedImpersonation({ major, minor }: { readonly major?: string; readonly minor?: string }): boolean {
  const [first, second] = [Number.parseInt(major ?? '', 10), Number.parseInt(minor ?? '', 10)]
  if (Number.isNaN(first) || Number.isNaN(second)) throw new Error('kube-apiserver does not say its version')
  return first > 1 || (first === 1 && second >= 36)
}
