import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, type Harness } from '../harness.ts'
import { newCanary } from '../oracles/canary.ts'

/** D. Streams that were opened before the Secret existed. Their output is searched for its value at the end: oracle O1. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-open')))
afterAll(() => harness.finish())

const ROUNDS = 20

describe('D. streams opened before the Secret', () => {
  it('X72 a copy written right after its Secret is masked in every open watch', async () => {
    const watched = await harness.open(`GET ${harness.in('configmaps')}?watch=true&timeoutSeconds=300`)
    await watched.arrived(/"type":"ADDED"/)
    for (let round = 0; round < ROUNDS; round++) {
      const value = newCanary()
      harness.canaries.push(value)
      await harness.secret(`late-${round}`, { password: value })
      await harness.admin.json({
        method: 'POST',
        path: harness.in('configmaps'),
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `late-${round}` }, data: { copy: `password ${value}` } },
      })
    }
    // All of them arrive, each masked.
    for (let round = 0; round < ROUNDS; round++) await watched.arrived(new RegExp(`"name":"late-${round}"[^\n]*\n`))
    const { status, text } = watched.answer()
    expect(status).toBe(200)
    expect(text.split('[jit.access/masked]').length).toBeGreaterThanOrEqual(ROUNDS)
  })
})
