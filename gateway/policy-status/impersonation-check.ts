import { randomUUID } from 'node:crypto'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { AGENTS_GROUP } from '../../domain/api/names.ts'
import { passedGroups } from '../../domain/policy/acting-groups.ts'
import { impersonationFix, type ImpersonationMode } from '../../domain/policy/status/impersonation-fix.ts'
import type { Impersonation } from '../../domain/policy/status/policy-conditions.ts'
import { readBounded } from '../../kube/read-bounded.ts'
import { reasonOf } from '../../server/log.ts'
import { readImpersonationRefusal } from '../forward/impersonation-refusal.ts'
import { identityHeaders } from '../forward/identity-headers.ts'
import type { Upstream } from '../ports.ts'
import type { Caller } from '../steps.ts'

/** A user without permissions: no issuer can issue a name with this prefix, and no binding names it. */
export const PROBE_USER = 'jit.access:probe'
const TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024

/** Checks whether the gateway can impersonate the identities of a policy. Never throws: if the check fails, the result is unknown. */
export type Probe = (policy: AccessPolicy) => Promise<Impersonation>

const probeCaller = (groups: readonly string[]): Caller => ({
  identity: { username: PROBE_USER, uid: '', groups: [...groups, PROBE_USER], extra: {} },
  issuer: PROBE_USER,
  session: PROBE_USER,
  expiresAtMs: 0,
})

async function answerOf(upstream: Upstream, request: Pick<Parameters<Upstream['request']>[0], 'method' | 'target' | 'headers' | 'body'>) {
  const { status, body } = await upstream.request({ ...request, signal: AbortSignal.timeout(TIMEOUT_MS) })
  return { status, text: (await readBounded(body, MAX_BYTES)).toString('utf8') }
}

const JSON_HEADERS = [
  ['accept', 'application/json'],
  ['user-agent', 'jit-access'],
] as const

/** Which impersonation verbs the gateway has. Classic if RBAC lets it impersonate the agents' group with the verb `impersonate`. */
export async function modeOf(upstream: Upstream): Promise<ImpersonationMode> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'impersonate', group: '', resource: 'groups', name: AGENTS_GROUP } },
  }
  const { text } = await answerOf(upstream, {
    method: 'POST',
    target: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    headers: [...JSON_HEADERS, ['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify(review)),
  })
  const { status } = JSON.parse(text) as { readonly status?: { readonly allowed?: boolean } }
  return status?.allowed === true ? 'classic' : 'constrained'
}

/**
 * Gets `/version` with every group and extra that a request of the policy's agents can carry. That request passes no admission and needs no
 * permission that agents lack. It also detects what RBAC does not show, such as a server that does not know the constrained verbs.
 */
export function createProbe(upstream: Upstream, impersonator?: { readonly namespace: string; readonly name: string }): Probe {
  const attempt = async (policy: AccessPolicy): Promise<Impersonation> => {
    const { name } = policy.metadata
    const tokenGroups = policy.spec.tokenGroups ?? []
    const caller = probeCaller(tokenGroups)
    const { status, text } = await answerOf(upstream, {
      method: 'GET',
      target: '/version',
      headers: [
        ...JSON_HEADERS,
        ...identityHeaders({ caller, auditID: randomUUID(), policies: [policy], elevated: name, grant: PROBE_USER, hold: 'preview' }),
      ],
    })
    const refusal = readImpersonationRefusal(status, text)
    if (refusal?.kind === 'identity') {
      const mode = await modeOf(upstream)
      const groups = passedGroups(caller.identity.groups, [policy])
      const fix = impersonationFix(name, { mode, tokenGroups: groups, ...(impersonator === undefined ? {} : { impersonator }) })
      // Users and extras do not depend on the policy: the base installation lacks them, for every policy.
      return refusal.resource === 'groups'
        ? { can: 'no', refused: `the group "${refusal.name}"`, fix }
        : {
            can: 'no',
            refused: refusal.resource,
            fix: 'kubectl apply -k kustomize/base  # its ClusterRole jit-impersonator does not match this release',
          }
    }
    if (refusal !== undefined)
      return { can: 'unknown', why: 'the gateway may not get /version when it impersonates an agent: its ClusterRole jit-impersonator was changed' }
    if (status >= 500) return { can: 'unknown', why: `kube-apiserver answered ${status}` }
    return { can: 'yes' }
  }
  return (policy) => attempt(policy).catch((error: unknown): Impersonation => ({ can: 'unknown', why: `it could not be tried: ${reasonOf(error)}` }))
}
