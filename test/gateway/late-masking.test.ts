import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

it.each([
  ['another field', { fields: [{ resources: ['pods'], paths: ['.spec.token'] }] }],
  ['tokens no longer', { tokenPatterns: false }],
  ['new text', { hides: ['later'] }],
])('a watch ends when its policy hides %s, and continues while it hides the same', async (_, masking) => {
  const [old] = world.policies
  if (old === undefined) throw new Error('no policy')
  const change = (to: object): void => {
    const object = { ...old, spec: { ...old.spec, masking: to } }
    world.policies.splice(0, 1, object)
    world.tellPolicy({ type: 'MODIFIED', old, object })
  }
  const upstream = Promise.withResolvers<ServerResponse>()
  world.state.reply = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    upstream.resolve(response)
  }
  const ended = world.send('GET /api/v1/namespaces/shop/pods?watch=true')
  const response = await upstream.promise
  const write = (line: string): void => void response.write(`${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', line } })}\n`)
  write('first')
  change({ fields: [{ resources: ['secrets'], paths: ['.data'] }] }) // fields of another kind
  change({ tokenPatterns: true })
  write('second')
  await new Promise((resolve) => setTimeout(resolve, 200))
  change(masking)
  const answer = await ended
  world.policies.splice(0, 1, old)
  expect(answer.body).toMatch(/first[^]*second[^]*"type":"ERROR"[^]*revoked/)
})
