import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { refuseMissingReveals } from '../../../gateway/decide/reveal-asks.ts'
import type { UpstreamClient } from '../../../gateway/ports.ts'
import type { ClassifiedRequest } from '../../../gateway/steps.ts'
import { asked, NOW, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { CALLER } from '../gateway-fixture.ts'

const ASK = '/apis/jit.access/v1/accessrequests'
const secret = { data: { password: 'c2VjcmV0' } }

function asks(reveal: unknown, path = ASK): ClassifiedRequest {
  return {
    auditID: '11111111-1111-4111-8111-111111111111',
    arrivedMs: NOW,
    address: '',
    method: 'POST',
    path,
    search: '',
    query: new URLSearchParams(),
    headers: new Map(),
    upgrade: undefined,
    payload: Readable.from([]),
    gone: new AbortController().signal,
    caller: CALLER,
    classified: asked(`POST ${path}`),
    body: Buffer.from(JSON.stringify({ spec: { reveal } })),
    offer: { accept: 'application/json' },
    authenticateAgain: () => Promise.resolve(),
    releaseBody: () => {},
    inTurn: (call) => call(),
    slowly: (piece) => Promise.resolve(piece()),
    dryRun: false,
  }
}

type Fixture = { readonly status?: number; readonly body?: unknown; readonly policies?: readonly AccessPolicy[] }

async function answers(request: ClassifiedRequest, { status = 200, body = secret, policies = [policy('agents')] }: Fixture = {}) {
  const targets: string[] = []
  const call: UpstreamClient['request'] = ({ method, target }) => {
    targets.push(`${method} ${target}`)
    return Promise.resolve({ status, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(body))]) }) as never
  }
  const deps = { view: { suspensions: () => NONE_SUSPENDED }, evaluate: () => true, upstream: { request: call } as unknown as UpstreamClient }
  const error = await refuseMissingReveals(request, policies, deps).then(
    () => undefined,
    (thrown: unknown) => thrown as { readonly code: number; readonly message: string },
  )
  return { error, targets }
}
const of = (...keys: readonly string[]) => [{ namespace: 'shop', secret: 'db', keys }]

it('allows a request to reveal existing keys', async () => {
  const { error, targets } = await answers(asks(of('password')))
  expect(error).toBeUndefined()
  expect(targets).toEqual(['GET /api/v1/namespaces/shop/secrets/db'])
})

it('refuses a missing key with 422 that names its field and no value', async () => {
  const { error } = await answers(asks(of('password', 'passwrod')))
  expect(error).toMatchObject({ code: 422, details: { causes: [{ field: 'spec.reveal[0].keys[1]' }] } })
  expect(error?.message).not.toContain(secret.data.password)
})

it.each([
  [{ name: 'reveal-db' }, '"reveal-db"'],
  [{ generateName: 'key-' }, '"key-"'],
  [{ name: 7 }, '""'],
])('names the request in the refusal as the client does: %j', async (metadata, name) => {
  const request = { ...asks(of('none')), body: Buffer.from(JSON.stringify({ metadata, spec: { reveal: of('none') } })) }
  expect((await answers(request)).error?.message).toContain(`AccessRequest.jit.access ${name} is invalid: spec.reveal[0].keys[0]`)
})

it('refuses a body that is too long to be checked, whatever it asks for', async () => {
  const request = asks(of('password'))
  const { error, targets } = await answers({ ...request, body: Buffer.concat([request.body, Buffer.alloc(256 * 1024, ' ')]) })
  expect(error).toMatchObject({ code: 413 })
  expect(targets).toEqual([])
})

it('refuses a missing Secret with 422', async () => {
  const error = { kind: 'Status', reason: 'NotFound', message: 'secrets "db" not found', details: { name: 'db', kind: 'secrets' }, code: 404 }
  const missing = await answers(asks(of('password')), { status: 404, body: error })
  expect(missing.error).toMatchObject({ details: { causes: [{ field: 'spec.reveal[0].secret' }] } })
})

it('does not say that a Secret is missing when the 404 is about something else', async () => {
  expect((await answers(asks(of('password')), { status: 404, body: '404 page not found' })).error).toBeUndefined()
})

it('discloses nothing about a Secret that the caller may not read', async () => {
  expect((await answers(asks(of('none')), { status: 403 })).error).toBeUndefined()
  const policies = [policy('agents', { rules: [{ name: 'r', effect: 'Deny', match: { resources: ['secrets'] } }] })]
  expect(await answers(asks(of('none')), { policies })).toEqual({ error: undefined, targets: [] })
})

it.each([
  ['another kind', asks(of('none'), '/api/v1/namespaces/shop/configmaps')],
  ['a reveal that is not a list', asks('x')],
  ['a name that would lead to another path', asks([{ namespace: 'shop/../x', secret: '../configmaps/a', keys: ['none'] }])],
])('does not check %s', async (_, request) => expect(await answers(request)).toEqual({ error: undefined, targets: [] }))
