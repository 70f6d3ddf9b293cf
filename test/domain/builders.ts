import type { AccessGrant, AccessGrantSpec } from '../../domain/api/access-grant.ts'
import type { AccessPolicy, AccessPolicySpec } from '../../domain/api/access-policy.ts'
import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import type { Classified } from '../../domain/decision.ts'
import type { Identity } from '../../domain/identity.ts'
import { indexSuspensions } from '../../domain/policy/suspensions.ts'

export const NOW = Date.parse('2026-11-24T12:00:00Z')
export const AGENT: Identity = { username: 'oidc:agent', uid: '', groups: ['oidc:agents'], extra: {} }

export function asked(line: string): Classified {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', query = ''] = target.split('?')
  return classify(readRequest(method, path, new URLSearchParams(query)))
}

export function policy(name: string, spec: Partial<AccessPolicySpec> = {}): AccessPolicy {
  return {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name },
    spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }], ...spec },
  }
}

export function grant(spec: Partial<AccessGrantSpec> = {}, status?: AccessGrant['status']): AccessGrant {
  return {
    apiVersion: 'jit.access/v1',
    kind: 'AccessGrant',
    metadata: { name: 'g1' },
    spec: {
      requestName: 'r1',
      policy: 'agents',
      subject: { username: 'oidc:agent' },
      rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: ['shop'], resourceNames: ['web'] }],
      notBefore: '2026-11-24T11:59:00Z',
      expiresAt: '2026-11-24T12:05:00Z',
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  }
}

/** A grant that is valid for ten minutes from now. */
export const liveGrant = (spec: Partial<AccessGrantSpec> = {}): AccessGrant =>
  grant({ notBefore: new Date(Date.now() - 1000).toISOString(), expiresAt: new Date(Date.now() + 600_000).toISOString(), ...spec })

export const NONE_SUSPENDED = indexSuspensions([])
/** An informer that never tells of a change. */
export const SILENT = { subscribe: () => () => undefined }
