import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArena, type Arena } from './arena.ts'
import { newCanary } from './oracles/canary.ts'

/** D. Streams that were open before the Secret. What they show is searched for its value at the end: oracle O1. */
let arena: Arena
beforeAll(async () => void (arena = await openArena('attack-open')))
afterAll(() => arena.finish())

const ROUNDS = 20

describe('D. streams that were open before the Secret', () => {
  it('X72 a copy that is written right after its Secret shows in no watch', async () => {
    const watched = arena.send(`GET ${arena.in('configmaps')}?watch=true&timeoutSeconds=20`)
    for (let round = 0; round < ROUNDS; round++) {
      const value = newCanary()
      arena.canaries.push(value)
      await arena.secret(`late-${round}`, { password: value })
      await arena.admin.json({
        method: 'POST',
        path: arena.in('configmaps'),
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `late-${round}` }, data: { copy: `password ${value}` } },
      })
    }
    const { status, text } = await watched
    expect(status).toBe(200)
    // All of them came, each with its mask.
    for (let round = 0; round < ROUNDS; round++) expect(text).toContain(`"name":"late-${round}"`)
    expect(text.split('[jit.access/masked]').length).toBeGreaterThanOrEqual(ROUNDS)
  })
})
