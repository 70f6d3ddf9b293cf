import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { policy } from '../domain/builders.ts'
import { request, review, serve, fixture, type Served } from './admission-requests.ts'

let served: Served
beforeEach(async () => {
  served = await serve(fixture([policy('agents')]))
})
afterEach(() => served.close())

const CANARY = 'canary-5f1b2c'
const json = { 'content-type': 'application/json' }
const post = async (body: string, headers: { readonly [name: string]: string } = json): Promise<{ code: number; text: string }> => {
  const answer = await fetch(served.url, { method: 'POST', body, headers })
  return { code: answer.status, text: await answer.text() }
}
const wrong = (change: object): string => JSON.stringify(review({ ...request('CREATE v1 configmaps shop/x'), ...change }))

describe('a body that is not an admission review gets 400 and is not repeated', () => {
  it.each([
    ['not JSON', `{"${CANARY}`],
    ['an empty body', ''],
    ['a list', `["${CANARY}"]`],
    ['a string', `"${CANARY}"`],
    ['null', 'null'],
    ['another version', JSON.stringify({ ...review({}), apiVersion: `admission.k8s.io/${CANARY}` })],
    ['another kind', JSON.stringify({ ...review({}), kind: CANARY })],
    ['no request', JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })],
    ['no uid', wrong({ uid: undefined })],
    ['a malformed uid', wrong({ uid: `<${CANARY}>` })],
    ['an unknown operation', wrong({ operation: CANARY })],
    ['no user', wrong({ userInfo: undefined })],
    ['a user without a name', wrong({ userInfo: { username: '', groups: [] } })],
    ['groups that are a string', wrong({ userInfo: { username: 'a', groups: CANARY } })],
    ['a group that is not a string', wrong({ userInfo: { username: 'a', groups: [{ [CANARY]: 1 }] } })],
    ['extras that are not lists', wrong({ userInfo: { username: 'a', extra: { 'jit.access/grant': CANARY } } })],
    ['no resource', wrong({ requestResource: undefined, resource: undefined })],
    ['a resource without a name', wrong({ requestResource: { group: '', version: 'v1', resource: '' } })],
    ['a dryRun that is not a boolean', wrong({ dryRun: CANARY })],
    ['a name that is not a string', wrong({ name: [CANARY] })],
    ['excessive nesting', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('%s', async (_, body) => {
    const { code, text } = await post(body)
    expect(code).toBe(400)
    expect(text).not.toContain(CANARY)
    expect(JSON.parse(text)).toMatchObject({ kind: 'Status', reason: 'BadRequest' })
  })
})

describe('the endpoint', () => {
  it('accepts only JSON', async () => expect((await post('{}', { 'content-type': 'text/plain' })).code).toBe(415))
  it('refuses a compressed body', async () => expect((await post('{}', { ...json, 'content-encoding': 'gzip' })).code).toBe(415))
  it('refuses a body above its limit and stops reading it', async () =>
    expect(
      await new Promise((resolve, reject) => {
        const sent = httpRequest(served.url, { method: 'POST', headers: { ...json, 'content-length': String(17 * 1024 * 1024) } }, (answer) => {
          resolve(answer.statusCode)
          sent.destroy()
        })
        sent.on('error', reject)
        sent.write('{')
      }),
    ).toBe(413))
  it('accepts an object of 3 MiB with its old version', async () => {
    const data = { data: { blob: 'x'.repeat(3 * 1024 * 1024) } }
    expect((await post(wrong({ object: data, oldObject: data }))).code).toBe(200)
  })
  it('serves only POST', async () => expect((await fetch(served.url)).status).toBe(405))
  it('serves only one path', async () => expect((await fetch(`${served.url}/x`, { method: 'POST', body: '{}', headers: json })).status).toBe(404))
  it('sends no X-Powered-By header', async () => expect((await fetch(served.url)).headers.get('x-powered-by')).toBeNull())
})

it('judges the request of the client, not the converted one', async () => {
  const asked = request('CREATE apps/v1 deployments shop/web', { resource: { group: 'extensions', version: 'v1beta1', resource: 'deployments' } })
  expect((await served.ask(asked)).status?.message).toContain('deployments.apps "web"')
})

it('an extra named __proto__ is treated like any other', async () => {
  const body = wrong({}).replace('"groups":', '"extra":{"__proto__":["x"]},"groups":')
  expect((await post(body)).code).toBe(200)
})
