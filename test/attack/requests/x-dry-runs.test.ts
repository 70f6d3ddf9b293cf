import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { whyNoDryRun } from '../../../gateway/classify/keeps-dry-run.ts'
import type { ApiServer } from '../../../kube/api-servers.ts'
import { liveGrant, policy } from '../../domain/builders.ts'
import { apiServers, FOREIGN } from '../../fakes/api-servers.ts'
import { holdThat } from '../../fakes/hold.ts'
import { createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'

/** A server without support for `dryRun` performs the write, so no dry run goes to a server that may be one, neither ours nor the agent's. */
const GROUPS = ['served.example.com', 'unheard.example.com', 'unread.example.com'] as const
const [SERVICE, UNKNOWN] = FOREIGN as readonly [ApiServer, ApiServer]
let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture(() => ({
    servers: apiServers({ 'served.example.com/v1': SERVICE, 'unheard.example.com/v1': UNKNOWN, 'unread.example.com/v1': { kind: 'unread' } }),
    hold: holdThat(() => Promise.reject(new StatusError('Forbidden', 'held'))),
  }))
})
afterAll(() => fixture.stop())

const whole = { apiVersion: 'v1', kind: 'Widget', metadata: { name: 'web' }, spec: { replicas: 1, note: 'x' } }
const verbs = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const
const grants = fc.constantFrom('none', 'ordinary')
const policies = fc.constantFrom(
  policy('agents'),
  policy('agents', { masking: { fields: [{ apiGroups: ['*'], resources: ['widgets'], paths: ['.spec.note'] }] } }),
  policy('agents', { rules: [{ name: 'tries', match: { condition: 'request.dryRun' }, effect: 'Allow' }] }),
  policy('agents', { rules: [{ name: 'asks', match: { verbs: ['patch', 'update', 'delete'] }, effect: 'RequireApproval' }] }),
)
const requests = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
  group: fc.constantFrom(...GROUPS),
  named: fc.boolean(),
  below: fc.constantFrom('', '/status', '/scale'),
  type: fc.constantFrom('application/json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/json-patch+json'),
  inQuery: fc.boolean(),
  inBody: fc.boolean(),
})
/** Options in the body of a DELETE replace those in the query. Such a real write was decided, granted and recorded as one. */
const isDry = ({ line, body }: Fixture['seen'][number]): boolean =>
  line.startsWith('DELETE') && body.length > 0 ? body.includes('dryRun') : line.includes('dryRun')

const why = (server: ApiServer): string | undefined => whyNoDryRun({ apiGroup: 'apps', apiVersion: 'v1' }, apiServers({ 'apps/v1': server }))

describe('X. a dry run', () => {
  it('X126 a dry run of a resource that kube-apiserver serves itself is trusted, unless an APIService says otherwise', () => {
    expect([why(UNKNOWN), why({ kind: 'kube-apiserver' }), why(SERVICE) === undefined]).toEqual([undefined, undefined, false])
    expect(why({ kind: 'unread' })).toBe(undefined)
    expect(whyNoDryRun({ apiGroup: 'jit.access', apiVersion: 'v1' }, apiServers({ 'jit.access/v1': SERVICE }))).toBe(undefined)
  })
  it('X129 a dry run never reaches a server that may perform it, whatever is requested, allowed and granted', async () => {
    await fc.assert(
      fc.asyncProperty(requests, grants, policies, async (asked, given, governing) => {
        fixture.seen.length = 0
        fixture.policies.splice(0, Infinity, governing)
        const rule = { verbs: [...verbs], apiGroups: [asked.group], resources: ['widgets', 'widgets/status', 'widgets/scale'], namespaces: ['shop'] }
        fixture.grants.splice(0, Infinity, ...(given === 'none' ? [] : [liveGrant({ rules: [rule] })]))
        const named = asked.named || asked.below !== '' ? `/web${asked.below}` : ''
        const path = `/apis/${asked.group}/v1/namespaces/shop/widgets${named}${asked.inQuery ? '?dryRun=All' : ''}`
        const object = asked.type === 'application/json-patch+json' ? [{ op: 'add', path: '/spec/note', value: 'y' }] : whole
        const options = asked.inBody ? { kind: 'DeleteOptions', dryRun: ['All'] } : {}
        const body = asked.method === 'DELETE' ? options : object
        const answer = await fixture.send(`${asked.method} ${path}`, [`Content-Type: ${asked.type}`], JSON.stringify(body))
        expect(fixture.seen.filter(isDry), JSON.stringify(answer.status)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
  it.each([
    ['served.example.com', 400, 'is served by monitoring/adapter'],
    ['unheard.example.com', 400, 'it is not known who serves'],
    // An error, not a denial: it may soon be known.
    ['unread.example.com', 503, 'cannot read which API server serves'],
  ])('X127 a dry run of the agent is refused with who serves %s, even if a policy allows dry runs', async (group, code, said) => {
    fixture.policies.splice(0, Infinity, policy('agents', { rules: [{ name: 'tries', match: { condition: 'request.dryRun' }, effect: 'Allow' }] }))
    fixture.grants.length = 0
    const answer = await fixture.send(`PATCH /apis/${group}/v1/namespaces/shop/widgets/web?dryRun=All`, ['Content-Type: application/json'], '{}')
    expect(answer.status).toBe(code)
    expect(answer.body).toContain(said)
  })
})
