import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { grant } from '../../domain/builders.ts'
import { fakeIO, nowMs } from '../../fakes/io.ts'
import { runCreate } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const MESSAGE = 'rule "logs" of policy "coding-agents" applies'
const STATUS = {
  risk: 'Low',
  policies: ['coding-agents'],
  conditions: [{ type: 'Approved', status: 'True', reason: 'AutoApproved', message: MESSAGE }],
  decidedBy: { rule: 'logs', policy: 'coding-agents' },
  grantName: 'ask',
}

/** Creates a request that a rule approves. */
async function create(...more: readonly string[]) {
  const reads: string[] = []
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:agent' } } }),
    [`POST ${BASE}/accessrequests`]: (body: AccessRequest) => ({
      ...body,
      spec: { ...body.spec, durationSeconds: 600, requester: { username: 'oidc:agent' } },
      status: STATUS,
    }),
    [`GET ${BASE}/accessgrants/ask`]: () => {
      reads.push('ask')
      return { ...grant({ expiresAt: new Date(nowMs + 600_000).toISOString() }), metadata: { name: 'ask' } }
    },
  })
  const code = await runCreate(io, ['ask', '--verb=get', '--resource=pods/log', '-n', 'shop', ...more])
  return { code, io, reads }
}

it('the outcome names the rule and the grant', async () => {
  const { code, io } = await create()
  expect([code, io.printed().split('\n')[1]]).toEqual([0, `accessrequest.jit.access/ask approved: ${MESSAGE} (grant ask)`])
})

it('a dry run prints the verdict, and looks for no grant', async () => {
  const { code, io, reads } = await create('--dry-run=server')
  expect([code, reads, io.noted()]).toEqual([0, [], ''])
  expect(io.printed()).toBe(`accessrequest.jit.access/ask created (server dry run)
  policies:  coding-agents
  risk:      Low
  approved:  at once: ${MESSAGE}
  gives:     10m, any number of uses, at once
`)
})
