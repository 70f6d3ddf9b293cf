import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { APPROVED, holdThat } from '../../fakes/hold.ts'
import { CANARY, createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.grants.push(GRANT)
})
afterAll(() => fixture.stop())
beforeEach(() => {
  fixture.seen.length = 0
})

const GRANT = liveGrant({ rules: [{ verbs: ['*'], resources: ['secrets'], namespaces: ['shop'] }] })
const PATH = '/api/v1/namespaces/shop/secrets/db'
const coded = (text: string): string => Buffer.from(text).toString('base64')
const secret = (password: string, labels = {}) => ({ kind: 'Secret', metadata: { name: 'db', namespace: 'shop', labels }, data: { password } })
const sent = (): unknown => JSON.parse(fixture.seen.at(-1)?.body.toString() ?? '')

/** Returns the value that the agent sees when upstream returns the stored one. */
async function shown(line: string, stored: string, write?: { readonly type: string; readonly body: unknown }): Promise<string> {
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(secret(coded(stored))))
  const answer = await fixture.send(
    line,
    write === undefined ? [] : [`Content-Type: ${write.type}`],
    write === undefined ? undefined : JSON.stringify(write.body),
  )
  expect(answer.status).toBe(200)
  expect(answer.body).not.toContain(coded(CANARY))
  return (JSON.parse(answer.body.slice(answer.body.indexOf('{'))) as ReturnType<typeof secret>).data.password
}

describe('a Secret that is read and written back', () => {
  it.each([
    ['by replace', 'PUT', 'application/json'],
    ['by merge patch', 'PATCH', 'application/merge-patch+json'],
    ['by strategic merge patch', 'PATCH', 'application/strategic-merge-patch+json'],
    ['by server-side apply', 'PATCH', 'application/apply-patch+yaml'],
  ])('keeps its value %s, and the response equals the read', async (_, method, type) => {
    const read = await shown(`GET ${PATH}`, CANARY)
    const echo = await shown(`${method} ${PATH}`, CANARY, { type, body: secret(read, { a: 'b' }) })
    // Bound to the version that the value was taken from, so that a concurrent rotation is not undone.
    const kept = secret(coded(CANARY), { a: 'b' })
    expect(sent()).toEqual({ ...kept, metadata: { ...kept.metadata, resourceVersion: '7' } })
    expect(echo).toBe(read)
  })

  it('responds to a patch of labels like a read, so that kubectl diff shows only the labels', async () => {
    const read = await shown(`GET ${PATH}`, CANARY)
    const patch = { type: 'application/merge-patch+json', body: { metadata: { labels: { a: 'b' } } } }
    expect(await shown(`PATCH ${PATH}?dryRun=All`, CANARY, patch)).toBe(read)
  })

  it('does not disclose whether a written value equals the stored one', async () => {
    const guess = (text: string) =>
      shown(`PATCH ${PATH}?dryRun=All`, text, { type: 'application/merge-patch+json', body: { data: { password: coded(text) } } })
    const read = await shown(`GET ${PATH}`, CANARY)
    const [right, wrong] = [await guess(CANARY), await guess('another-value-of-9')]
    expect(right).toBe(wrong)
    expect(right).not.toBe(read)
  })

  it('does not disclose a guess behind a placeholder for the same key', async () => {
    const read = await shown(`GET ${PATH}`, CANARY)
    const body = { data: { password: read }, stringData: { password: CANARY } }
    expect(await shown(`PATCH ${PATH}?dryRun=All`, CANARY, { type: 'application/merge-patch+json', body })).not.toBe(read)
    const [operation] = [{ op: 'replace', path: '/data/password' }]
    const operations = [
      { ...operation, value: read },
      { ...operation, value: coded(CANARY) },
    ]
    expect(await shown(`PATCH ${PATH}?dryRun=All`, CANARY, { type: 'application/json-patch+json', body: operations })).not.toBe(read)
  })
})

it('an approver sees the dry run of the restored body, not of its masks', async () => {
  const read = await shown(`GET ${PATH}`, CANARY)
  const held: Buffer[] = []
  const hold = fixture.deps.hold
  Object.assign(fixture.deps, { hold: holdThat(({ outgoing }) => (held.push(outgoing), Promise.reject(new Error('enough')))) })
  Object.assign(fixture.policies[0]?.spec ?? {}, { rules: [{ name: 'all', effect: 'RequireApproval' }] })
  await fixture.send(`PUT ${PATH}`, ['Content-Type: application/json'], JSON.stringify(secret(read)))
  Object.assign(fixture.deps, { hold })
  Object.assign(fixture.policies[0]?.spec ?? {}, { rules: [] })
  expect(held.map((body) => JSON.parse(body.toString()) as unknown)).toEqual([secret(coded(CANARY))])
})

const rotate = (text: string) => fixture.secrets.set('shop/db', { metadata: { name: 'db', resourceVersion: '8' }, data: { password: coded(text) } })
describe('a value that is rotated after it was read', () => {
  it('is not restored, and nothing is sent', async () => {
    const read = await shown(`GET ${PATH}`, CANARY)
    rotate('the-next-value-of-it')
    fixture.seen.length = 0
    const answer = await fixture.send(`PUT ${PATH}`, ['Content-Type: application/json'], JSON.stringify(secret(read)))
    rotate(CANARY)
    expect(answer.status).toBe(409)
    expect(answer.body).toContain('Read shop/db again')
    expect(fixture.seen).toEqual([])
  })

  it.each(['a read', 'an echo'])('is not restored after a wait for approval, with the placeholder of %s', async (form) => {
    const read = await shown(`GET ${PATH}`, CANARY)
    const echo = await shown(`PATCH ${PATH}`, CANARY, { type: 'application/merge-patch+json', body: { data: { password: coded(CANARY) } } })
    fixture.seen.length = 0
    const hold = fixture.deps.hold
    const rotated = holdThat(() => {
      rotate('the-next-value-of-it')
      Object.assign(fixture.policies[0]?.spec ?? {}, { rules: [{ name: 'all', effect: 'Allow' }] })
      return Promise.resolve(APPROVED)
    })
    Object.assign(fixture.deps, { hold: rotated })
    Object.assign(fixture.policies[0]?.spec ?? {}, { rules: [{ name: 'all', effect: 'RequireApproval' }] })
    const body = JSON.stringify(secret(form === 'a read' ? read : echo))
    const answer = await fixture.send(`PUT ${PATH}`, ['Content-Type: application/json'], body)
    Object.assign(fixture.deps, { hold })
    Object.assign(fixture.policies[0]?.spec ?? {}, { rules: [] })
    rotate(CANARY)
    expect(answer.status).toBe(409)
    expect(answer.body).toMatch(/Read (shop\/db|the object) again/)
    expect(fixture.seen.filter(({ line }) => line.startsWith('PUT') && !line.includes('dryRun=All'))).toEqual([])
  })
})
