import { describe, expect, it } from 'vitest'
import { createOwnAdmission } from '../../../apiserver/resources/own-admission.ts'
import type { JsonObject, Store } from '../../../apiserver/storage/port.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { Identity } from '../../../domain/identity.ts'
import { policy } from '../../domain/builders.ts'

const user = (username: string, ...groups: string[]): Identity => ({ username, uid: '', groups, extra: {} })
const AGENT = user('oidc:agent', 'oidc:agents')

/** Result for `VERB RESOURCE[/SUBRESOURCE]`: `passes`, or the refusal. */
async function admitted(
  line: string,
  as: Identity,
  policies: readonly AccessPolicy[] = [policy('agents')],
  { cluster, suspensions = [] }: { readonly cluster?: string; readonly suspensions?: readonly AccessSuspension[] } = {},
): Promise<string> {
  const objects = { accesspolicies: policies, accesssuspensions: suspensions }
  const list = (resource: keyof typeof objects) => ({
    entries: objects[resource].map((each) => ({ resource, name: each.metadata.name, version: 1, value: each as unknown as JsonObject })),
    version: 1,
  })
  const store = { list: (resource: keyof typeof objects) => Promise.resolve(list(resource)) } as unknown as Store
  const [verb = '', target = ''] = line.split(' ')
  const [resource = '', subresource = ''] = target.split('/')
  return createOwnAdmission(store, cluster)(as, { verb, resource, subresource, name: 'x' }).then(
    () => 'passes',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

describe('a governed user', () => {
  it.each([
    'list accesspolicies',
    'watch accessgrants',
    'create accessrequests',
    'create accessrequests/withdrawal',
    'create accessgrants/transfer',
    'delete accessrequests',
    'create accessreviews',
    'create whoamis',
    'update accessgrants/revocation',
  ])('may %s', async (line) => expect(await admitted(line, AGENT)).toBe('passes'))
  it.each([
    'create accesspolicies',
    'patch accesspolicies',
    'delete accesspolicies',
    'deletecollection accesspolicies',
    'update accessrequests/approval',
    'patch accessrequests/status',
    'deletecollection accessrequests',
    'patch accessrequests/withdrawal',
    'create accessgrants/claim',
    'update accessgrants',
    'create accesssuspensions',
    'update accesssuspensions/lift',
    'delete accesssuspensions',
    'brew accesspolicies',
  ])('may not %s, regardless of RBAC', async (line) =>
    expect(await admitted(line, AGENT)).toBe(`"oidc:agent" is governed by policy "agents" and cannot ${line}.jit.access; no grant can allow it`),
  )
  it('is also recognized by the groups of its token when it comes through the gateway', async () => {
    const behind = { ...user('oidc:agent', 'jit.access:agents'), extra: { 'jit.access/groups': ['oidc:agents'] } }
    expect(await admitted('delete accesspolicies', behind)).toContain('is governed by policy "agents"')
  })
})

it('an agent of the gateway may not write, even if its policy was deleted', async () =>
  expect(await admitted('create accesspolicies', user('oidc:agent', 'jit.access:agents'), [])).toContain('is an agent of the gateway and cannot'))

it('a user that is only governed in this cluster may not write here but may elsewhere', async () => {
  const here = [policy('agents', { clusters: ['here'] })]
  expect(await admitted('update accessrequests/approval', AGENT, here, { cluster: 'here' })).toContain('is governed by policy "agents" and cannot')
  expect(await admitted('update accessrequests/approval', AGENT, here, { cluster: 'elsewhere' })).toBe('passes')
})

const suspension = (spec: Partial<AccessSuspension['spec']>): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name: 'halt' },
  spec: { reason: 'a loop', ...spec },
})

describe('while a suspension stops a user', () => {
  const shadow = [policy('agents', { mode: 'Shadow' })]
  const targets: readonly Partial<AccessSuspension['spec']>[] = [
    { all: true },
    { policy: 'agents' },
    { subjects: [{ kind: 'User', name: 'oidc:agent' }] },
    { subjects: [{ kind: 'Group', name: 'oidc:agents' }] },
  ]
  it.each(targets)('%j, the subject of a Shadow policy may not lift it, nor write anything else', async (target) => {
    for (const line of ['update accesssuspensions/lift', 'create accesspolicies', 'delete accesspolicies', 'update accessrequests/approval'])
      expect(await admitted(line, AGENT, shadow, { suspensions: [suspension(target)] })).toBe(
        `"oidc:agent" is suspended by accesssuspension "halt" (a loop) and cannot ${line}.jit.access; no grant can allow it`,
      )
  })
  it('by name, it may write neither without a policy nor beside a suspension of all agents', async () => {
    const named = suspension({ subjects: [{ kind: 'User', name: 'OIDC:agent' }] })
    for (const suspensions of [[named], [suspension({ all: true }), named]])
      expect(await admitted('update accesssuspensions/lift', AGENT, [], { suspensions })).toContain('is suspended by accesssuspension "halt"')
  })
  it('it may write again after the suspension is lifted', async () => {
    const lifted = { ...suspension({ all: true }), status: { conditions: [{ type: 'Lifted', status: 'True' } as const] } }
    expect(await admitted('create accesspolicies', AGENT, shadow, { suspensions: [lifted] })).toBe('passes')
  })
  it('of all agents, an ungoverned user may lift it', async () =>
    expect(
      await admitted('update accesssuspensions/lift', user('oidc:admin', 'oidc:admins'), shadow, { suspensions: [suspension({ all: true })] }),
    ).toBe('passes'))
  it('of any kind, the cluster itself may write', async () =>
    expect(
      await admitted('update accesssuspensions/lift', user('root', 'system:masters'), shadow, {
        suspensions: [suspension({ subjects: [{ kind: 'User', name: 'root' }] })],
      }),
    ).toBe('passes'))
})

describe('RBAC alone decides for', () => {
  it('an ungoverned user', async () => expect(await admitted('delete accesspolicies', user('oidc:admin', 'oidc:admins'))).toBe('passes'))
  it('a subject of a Shadow policy', async () =>
    expect(await admitted('delete accesspolicies', AGENT, [policy('agents', { mode: 'Shadow' })])).toBe('passes'))
  it('the cluster itself and jit-access, even if a policy names them', async () => {
    const wide = policy('wide', { subjects: [{ kind: 'Group', name: 'system:serviceaccounts' }] })
    for (const account of ['jit-system:jit-gateway', 'kube-system:generic-garbage-collector'])
      expect(await admitted('delete accessrequests', user(`system:serviceaccount:${account}`, 'system:serviceaccounts'), [wide])).toBe('passes')
  })
})
