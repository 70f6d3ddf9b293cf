import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { withoutPlan } from '../../../domain/explain/past-request.ts'

it('what a list keeps of a request is small, however much an operation touches', () => {
  const targets = Array.from({ length: 500 }, (_, index) => ({ resource: 'pods', name: `${'a'.repeat(240)}${index}` }))
  const operation = {
    method: 'DELETE',
    path: `/api/v1/pods?${'x'.repeat(100_000)}`,
    digest: 'd',
    diff: 'd'.repeat(9000),
    body: 'b'.repeat(9000),
    targets,
  }
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'r-1' }, spec: { operation } } as unknown as AccessRequest
  expect(JSON.stringify(withoutPlan(request)).length).toBeLessThan(2_000)
  expect(withoutPlan(request).spec.operation).toMatchObject({ method: 'DELETE', digest: 'd' })
})
