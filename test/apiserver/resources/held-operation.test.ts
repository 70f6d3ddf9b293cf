import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkHeldOperation } from '../../../apiserver/resources/held-operation.ts'
import type { AccessRequest, AccessRequestSpec } from '../../../domain/access-request.ts'
import type { Identity } from '../../../domain/identity.ts'
import { AGENTS_GROUP } from '../../../domain/names.ts'

const request = (name: string, spec: AccessRequestSpec = {}): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec,
})
const user = (groups: readonly string[], extra: Identity['extra'] = {}): Identity => ({ username: 'oidc:somebody', uid: '', groups, extra })
const gateway = user([AGENTS_GROUP], { 'jit.access/hold': ['file'] })
const operation = { method: 'DELETE', path: '/x', digest: 'a'.repeat(64) }

const others = fc.constantFrom(
  user([]),
  user(['system:masters']),
  user([AGENTS_GROUP]),
  user([AGENTS_GROUP], { 'jit.access/hold': ['preview'] }),
  user([], { 'jit.access/hold': ['file'] }),
)
const rest = fc.stringMatching(/^[a-z0-9.-]{0,40}$/)

it('nobody but the gateway names a request as the gateway does', () =>
  fc.assert(
    fc.property(others, rest, (who, tail) => {
      expect(() => checkHeldOperation(request(`hold-${tail}`), who)).toThrow(expect.objectContaining({ code: 422 }))
      expect(() => checkHeldOperation(request(`ask-${tail}`), who)).not.toThrow()
    }),
  ))

it('nobody but the gateway names an operation', () =>
  fc.assert(
    fc.property(others, rest, (who, tail) => {
      expect(() => checkHeldOperation(request(`ask-${tail}`, { operation }), who)).toThrow(/only the gateway/)
      expect(() => checkHeldOperation(request(`hold-${tail}`, { operation }), gateway)).not.toThrow()
    }),
  ))
