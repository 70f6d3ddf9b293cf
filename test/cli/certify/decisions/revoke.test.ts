import { expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { fakeIO } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const path = '/apis/jit.access/v1/accessgrants/ask'
const grant = { apiVersion: 'jit.access/v1', kind: 'AccessGrant', metadata: { name: 'ask' }, spec: { expiresAt: '2026-11-25T12:05:00Z', maxUses: 1 } }

it('revokes a grant that its subject uses all the time', async () => {
  let uses = 1
  const io = fakeIO({
    [`GET ${path}`]: () => ({ ...grant, metadata: { ...grant.metadata, resourceVersion: String(uses++) } }),
    // The grant was used since it was read.
    [`PUT ${path}/revocation`]: (body: AccessGrant) => {
      if (body.metadata.resourceVersion !== undefined) throw new KubectlError('Conflict', 'the object has been modified')
      return body
    },
  })
  expect(await runCertify(io, ['revoke', 'ask'])).toBe(0)
})
