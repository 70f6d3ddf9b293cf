import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, user, type Answer, type Served } from '../served-api.ts'

export const START = Date.parse('2026-11-25T12:00:00Z')
export const AGENT = user('oidc:agent', 'agents')
export const OTHER = user('oidc:other', 'agents')
export const RITA = user('rita', 'sre')
export const SAM = user('sam', 'sre')
export const RULES = [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }]
const MERGE = 'application/merge-patch+json'

export const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()

/** A policy of the agents. */
export const agents = (requests: AccessPolicy['spec']['requests'] = {}, more: Partial<AccessPolicy['spec']> = {}): AccessPolicy =>
  policy('agents', { subjects: [{ kind: 'Group', name: 'agents' }], requests, ...more })

export async function install(api: Served, ...policies: readonly AccessPolicy[]): Promise<void> {
  for (const each of policies) await put(api.store, 'accesspolicies', each)
  api.rights = (who, { verb }) => verb === 'certify' && who.groups.includes('sre')
}

export const file = (
  api: Served,
  name: string,
  spec: object,
  { as = AGENT, query = '' }: { readonly as?: Identity; readonly query?: string } = {},
): Promise<Answer> =>
  api.send(as, `POST accessrequests${query}`, { body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec } })

export const approve = (
  api: Served,
  name: string,
  { as = RITA, narrowed, query = '' }: { readonly as?: Identity; readonly narrowed?: object; readonly query?: string } = {},
): Promise<Answer> =>
  api.send(as, `PATCH accessrequests/${name}/approval${query}`, {
    type: MERGE,
    body: { status: { conditions: [{ type: 'Approved', status: 'True' }], ...(narrowed === undefined ? {} : { narrowed }) } },
  })

export const revoke = (api: Served, name: string, as: Identity = RITA): Promise<Answer> =>
  api.send(as, `PATCH accessgrants/${name}/revocation`, {
    type: MERGE,
    body: { status: { conditions: [{ type: 'Revoked', status: 'True', message: 'enough' }] } },
  })

export async function claim(api: Served, name: string, auditID: string): Promise<void> {
  const body = { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID } }
  const { code, text } = await api.send(user('gateway', 'system:masters'), `POST accessgrants/${name}/claim`, { body })
  if (code !== 201) throw new Error(`the use was not taken: ${text}`)
}

/** The agent has a grant for ten minutes, made at START. */
export async function granted(api: Served, spec: object = {}, as: Identity = AGENT): Promise<void> {
  const filed = await file(api, 'first', { rules: RULES, durationSeconds: 600, ...spec }, { as })
  const approved = await approve(api, 'first')
  if (filed.code !== 201 || approved.code !== 200) throw new Error(`${filed.text} ${approved.text}`)
}

const stored = async <T>(api: Served, resource: string, name: string): Promise<T> => {
  const value = (await api.store.get(resource, name))?.value
  if (value === undefined) throw new Error(`no ${resource} "${name}"`)
  return value as unknown as T
}
export const grantOf = (api: Served, name = 'first'): Promise<AccessGrant> => stored(api, 'accessgrants', name)
export const requestOf = (api: Served, name: string): Promise<AccessRequest> => stored(api, 'accessrequests', name)
export const eventsOf = async (api: Served): Promise<readonly { readonly event: string }[]> =>
  (await api.store.list('unrecorded')).entries.map(({ value }) => value as unknown as { readonly event: string })

/** `field: reason` of each cause of a refusal. */
export const faultsOf = ({ body }: Answer): readonly string[] => {
  const causes = (body['details'] as { readonly causes?: readonly { readonly field?: string; readonly reason: string }[] } | undefined)?.causes ?? []
  return causes.map(({ field, reason }) => `${field ?? ''}: ${reason}`)
}
