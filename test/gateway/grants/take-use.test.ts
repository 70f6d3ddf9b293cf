import { afterEach, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { Claim } from '../../../gateway/grants/claim.ts'
import { liveGrant, policy } from '../../domain/builders.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let gateway: Fixture | undefined
afterEach(() => gateway?.stop())

const spent: Claim = () => Promise.resolve(false)
const away: Claim = () => Promise.reject(new StatusError('ServiceUnavailable', 'a use of the grant could not be taken'))
const ELEVATED = 'jit.access:elevated:agents'

/** The status of a write under a grant with one use, and whether it reached kube-apiserver with the rights of the grant. */
async function write(mode: 'Enforce' | 'Shadow', claim: Claim): Promise<readonly unknown[]> {
  gateway = await createFixture(() => ({ claim }))
  gateway.policies.splice(0, 1, policy('agents', { mode }))
  gateway.grants.push(liveGrant({ maxUses: 1 }))
  const line = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
  const { status } = await gateway.send(line, ['Content-Type: application/merge-patch+json'], '{}')
  return [status, gateway.seen.map(({ rawHeaders }) => rawHeaders.includes(ELEVATED))]
}

it.each([
  ['whose last use is taken', spent, 403],
  ['whose uses nobody can take now', away, 503],
])('a request with a grant %s is refused', async (_, claim, code) => {
  expect(await write('Enforce', claim)).toEqual([code, []])
})
it.each([
  ['whose last use is taken', spent],
  ['whose uses nobody can take now', away],
])('a request with a grant %s has no rights of it in Shadow mode, and is not refused', async (_, claim) => {
  expect(await write('Shadow', claim)).toEqual([200, [false]])
})
