import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FailureStatus } from '../../../domain/status-error.ts'
import { CANARY, createFixture, type Fixture } from '../gateway-fixture.ts'

/** Messages of kube-apiserver 1.37. */
const ME = 'User "system:serviceaccount:jit-system:jit-impersonator" cannot'
const GROUP = (name: string): string =>
  `groups.authentication.k8s.io "${name}" is forbidden: ${ME} impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope`
const CLASSIC = `groups "jit.access:baseline:agents" is forbidden: ${ME} impersonate resource "groups" in API group "" at the cluster scope`
const ACTION = `widgets.example.com is forbidden: ${ME} impersonate-on:user-info:list resource "widgets" in API group "example.com" at the cluster scope`

let fixture: Fixture
const suspected: string[] = []
beforeAll(async () => void (fixture = await createFixture(() => ({ suspect: (policy) => void suspected.push(policy) }))))
afterAll(() => fixture.stop())
beforeEach(() => {
  for (const list of [fixture.seen, fixture.events, suspected]) list.length = 0
})

function refuse(message: string, name = 'jit.access:baseline:agents'): void {
  fixture.state.reply = (_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message, details: { name } }))
  }
}
const counted = async (): Promise<string> =>
  (await fixture.registry.getSingleMetricAsString('jit_gateway_impersonation_refusals_total')).replaceAll(/^#.*\n?/gm, '')
const statusOf = (body: string): FailureStatus => JSON.parse(body) as FailureStatus

describe('a request that the gateway may not forward', () => {
  it.each([
    ['on any route', 'GET /api/v1/namespaces/shop/pods', GROUP('jit.access:baseline:agents')],
    ['on a route of Secrets', 'GET /api/v1/namespaces/shop/secrets/db', GROUP('jit.access:baseline:agents')],
    ['with classic impersonation', 'GET /api/v1/namespaces/shop/pods', CLASSIC],
    ['as a watch', 'GET /api/v1/namespaces/shop/pods?watch=true', CLASSIC],
  ])('%s is an error that names the policy, not a refusal', async (_, line, message) => {
    refuse(message)
    const answer = await fixture.send(line)
    expect(answer.status).toBe(500)
    const status = statusOf(answer.body)
    expect(status.message).toContain('policy "agents" cannot work')
    expect(status.message).toContain('kubectl describe accesspolicy agents')
    expect(status.details?.causes).toEqual([{ reason: 'ImpersonationForbidden', message: 'agents', field: 'policy' }])
    expect(suspected).toEqual(['agents'])
    expect(fixture.events.at(-1)).toMatchObject({ event: 'request.outcome', ended: 'failed', code: 500 })
  })

  it('because of a policy other than the deciding one names that policy', async () => {
    refuse(GROUP('jit.access:elevated:other'), 'jit.access:elevated:other')
    expect(statusOf((await fixture.send('GET /api/v1/pods')).body).message).toContain('policy "other" cannot work')
    expect(suspected).toEqual(['other'])
  })

  it('on behalf of any agent says so', async () => {
    refuse(ACTION)
    const answer = await fixture.send('GET /apis/example.com/v1/widgets')
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('impersonate-on:user-info:list')
    expect(statusOf(answer.body).message).toContain('kubectl certify policy-rbac agents --resource=widgets.example.com | kubectl apply -f -')
    expect(statusOf(answer.body).details?.causes?.[0]?.reason).toBe('BeyondGateway')
    expect(suspected).toEqual([])
  })

  it('is counted by kind', async () => {
    expect(await counted()).toBe(
      'jit_gateway_impersonation_refusals_total{kind="identity"} 5\njit_gateway_impersonation_refusals_total{kind="action"} 1',
    )
  })
})

describe('a refusal of the agent by upstream', () => {
  it('is relayed unchanged', async () => {
    refuse('pods is forbidden: User "oidc:agent" cannot list resource "pods" in API group "" at the cluster scope')
    const answer = await fixture.send('GET /api/v1/pods')
    expect([answer.status, statusOf(answer.body).message]).toEqual([403, expect.stringContaining('User "oidc:agent" cannot list')])
  })

  it('of any length is relayed completely and masked', async () => {
    refuse(`${'^'.repeat(200_000)} ${CANARY} cannot impersonate ${'~'.repeat(200_000)}`)
    const answer = await fixture.send('GET /api/v1/pods')
    expect(answer.status).toBe(403)
    expect([answer.body.split('^').length, answer.body.split('~').length]).toEqual([200_001, 200_001])
    expect(answer.body).toContain(' [jit.access/masked] cannot impersonate ')
  })

  it('with similar words elsewhere does not count as an impersonation error', async () => {
    refuse('admission webhook "x" denied the request: you cannot impersonate people')
    expect((await fixture.send('GET /api/v1/pods')).status).toBe(403)
  })
})
