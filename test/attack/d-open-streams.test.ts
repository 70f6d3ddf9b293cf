import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, type Harness } from './harness.ts'
import { newCanary } from './oracles/canary.ts'

/** D. Streams that were opened before the Secret existed. Their output is searched for its value at the end: oracle O1. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-open')))
afterAll(() => harness.finish())

const ROUNDS = 20

describe('D. streams opened before the Secret', () => {
  it('X72 a copy written right after its Secret is masked in every open watch', async () => {
    const watched = harness.send(`GET ${harness.in('configmaps')}?watch=true&timeoutSeconds=20`)
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
    const { status, text } = await watched
    expect(status).toBe(200)
    // All of them arrived, each masked.
    for (let round = 0; round < ROUNDS; round++) expect(text).toContain(`"name":"late-${round}"`)
    expect(text.split('[jit.access/masked]').length).toBeGreaterThanOrEqual(ROUNDS)
  })
})
