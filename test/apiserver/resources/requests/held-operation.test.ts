import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkHeldOperation } from '../../../../apiserver/resources/requests/held-operation.ts'
import type { AccessRequest, AccessRequestSpec } from '../../../../domain/api/access-request.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { AGENTS_GROUP } from '../../../../domain/api/names.ts'

const request = (name: string, spec: AccessRequestSpec = {}): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec,
})
const user = (groups: readonly string[], extra: Identity['extra'] = {}): Identity => ({ username: 'oidc:somebody', uid: '', groups, extra })
const gateway = user([AGENTS_GROUP], { 'jit.access/hold': ['file'] })
const operation = { method: 'DELETE', path: '/api/v1/namespaces/shop/configmaps/board?propagationPolicy=Orphan', digest: 'a'.repeat(64) }
const rule = { verbs: ['delete'], apiGroups: [''], resources: ['configmaps'], namespaces: ['shop'], resourceNames: ['board'] }

const others = fc.constantFrom(
  user([]),
  user(['system:masters']),
  user([AGENTS_GROUP]),
  user([AGENTS_GROUP], { 'jit.access/hold': ['preview'] }),
  user([], { 'jit.access/hold': ['file'] }),
)
const rest = fc.stringMatching(/^[a-z0-9.-]{0,40}$/)

it('only the gateway can use its names for requests', () =>
  fc.assert(
    fc.property(others, rest, (who, tail) => {
      expect(() => checkHeldOperation(request(`hold-${tail}`), who)).toThrow(expect.objectContaining({ code: 422 }))
      expect(() => checkHeldOperation(request(`ask-${tail}`), who)).not.toThrow()
    }),
  ))

it('only the gateway can set an operation', () =>
  fc.assert(
    fc.property(others, rest, (who, tail) => {
      expect(() => checkHeldOperation(request(`ask-${tail}`, { operation }), who)).toThrow(/only the gateway/)
      expect(() => checkHeldOperation(request(`hold-${tail}`, { operation, rules: [rule] }), gateway)).not.toThrow()
    }),
  ))

it('a request of the gateway must ask exactly for its operation', () => {
  const file = (rules: AccessRequestSpec['rules'], more: AccessRequestSpec = {}): void =>
    checkHeldOperation(request('hold-1', { operation, ...(rules === undefined ? {} : { rules }), ...more }), gateway)
  expect(() => file([{ ...rule, gains: ['Secret=db'] }])).not.toThrow()
  const shell = { method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec?command=sh', digest: operation.digest }
  const exec = { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'], resourceNames: ['web'] }
  expect(() => file([exec], { operation: shell })).not.toThrow()
  const { resourceNames: _, ...everyName } = rule
  const wider: readonly AccessRequestSpec['rules'][] = [
    undefined,
    [],
    [everyName],
    [{ ...rule, verbs: ['delete', 'create'] }],
    [{ ...rule, resources: ['secrets'] }],
    [{ ...rule, namespaces: ['shop', 'bank'] }],
    [rule, { ...rule, resourceNames: ['other'] }],
  ]
  for (const rules of wider) expect(() => file(rules)).toThrow(/spec.rules/)
  expect(() => file([rule], { reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] })).toThrow(/spec.rules/)
  expect(() => file([rule], { operation: { ...operation, path: '/healthz' } })).toThrow(/spec.rules/)
})
