import { afterEach, expect, it } from 'vitest'
import { createWorld, type World } from '../world.ts'

let world: World | undefined
afterEach(() => world?.stop())

it('a request over the record budget of its identity is 429, and is neither recorded nor sent upstream', async () => {
  // So low that one request uses it up for many minutes.
  world = await createWorld(() => ({}), { recordBytesPerSecond: 1 })
  expect((await world.send('GET /api/v1/namespaces/shop/pods')).status).toBe(200)
  const [sent, intents] = [world.seen.length, world.events.filter(({ event }) => event === 'request.intent').length]
  expect([sent, intents]).toEqual([1, 1])
  const refused = await world.send('GET /api/v1/namespaces/shop/configmaps')
  expect(refused.status).toBe(429)
  expect(refused.head.toLowerCase()).toMatch(/retry-after: [1-9]/)
  expect(world.seen.length).toBe(sent)
  expect(world.events.filter(({ event }) => event === 'request.intent').length).toBe(intents)
})
