import { afterEach, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

it('a request over the record budget of its identity is 429, and is neither recorded nor sent upstream', async () => {
  // So low that one request uses it up for many minutes.
  fixture = await createFixture(() => ({}), { recordBytesPerSecond: 1 })
  expect((await fixture.send('GET /api/v1/namespaces/shop/pods')).status).toBe(200)
  const [sent, intents] = [fixture.seen.length, fixture.events.filter(({ event }) => event === 'request.intent').length]
  expect([sent, intents]).toEqual([1, 1])
  const refused = await fixture.send('GET /api/v1/namespaces/shop/configmaps')
  expect(refused.status).toBe(429)
  expect(refused.head.toLowerCase()).toMatch(/retry-after: [1-9]/)
  expect(fixture.seen.length).toBe(sent)
  expect(fixture.events.filter(({ event }) => event === 'request.intent').length).toBe(intents)
})

it('an intent may be lost in a power failure only if the request changes and reveals nothing', async () => {
  const methods: string[] = []
  const by = (method: string) => (event: RecordEvent) => {
    if (event.event === 'request.intent') methods.push(`${method} ${event.verb}`)
    return Promise.resolve()
  }
  fixture = await createFixture(() => ({ recorder: { record: by('record'), note: by('note') } }))
  const rules = [{ name: 'deletes', match: { verbs: ['delete'], resources: ['configmaps'] }, effect: 'Allow' as const }]
  const [agents] = fixture.policies
  if (agents === undefined) throw new Error('no policy')
  fixture.policies[0] = { ...agents, spec: { ...agents.spec, rules } }
  const lines = ['GET /api/v1/namespaces/shop/pods/web', 'DELETE /api/v1/namespaces/shop/configmaps/web']
  for (const line of lines) expect((await fixture.send(line)).status).toBe(200)
  expect(methods).toEqual(['note get', 'record delete'])
})
