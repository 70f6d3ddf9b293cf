import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeEach(async () => void (fixture = await createFixture()))
afterEach(() => fixture.stop())

const lost = (): readonly string[] => fixture.logged.filter((line) => line.includes('record.lost'))
const recorded = (...kinds: readonly RecordEvent['event'][]): number => fixture.events.filter(({ event }) => kinds.includes(event)).length

const LONG = { group: 'g'.repeat(254), version: 'v'.repeat(65), namespace: 'n'.repeat(254), resource: 'r'.repeat(254), name: 'o'.repeat(1025) }

describe('a request that names more than a record can hold', () => {
  it.each([
    ['apiGroup', `GET /apis/${LONG.group}/v1/widgets`],
    ['apiVersion', `GET /apis/apps/${LONG.version}/deployments`],
    ['namespace', `GET /api/v1/namespaces/${LONG.namespace}/pods`],
    ['resource', `GET /api/v1/namespaces/shop/${LONG.resource}`],
    ['subresource', `GET /api/v1/namespaces/shop/pods/web/${LONG.resource}`],
    ['name', `GET /api/v1/namespaces/shop/pods/${LONG.name}`],
    ['name', `DELETE /api/v1/namespaces/shop/pods/${LONG.name}`],
  ])('is refused for its %s, once and for all, and the refusal is recorded', async (field, line) => {
    const { status, body } = await fixture.send(line)
    expect(status).toBe(400)
    expect(body).toContain(`path: the ${field} is longer than`)
    expect(fixture.seen).toEqual([])
    expect(lost()).toEqual([])
    expect(fixture.events).toMatchObject([{ event: 'request.refused', code: 400, path: line.split(' ')[1] }])
  })
  it('is served with the longest names that fit', async () => {
    const { status } = await fixture.send(`GET /api/v1/namespaces/${'n'.repeat(253)}/pods/${'o'.repeat(1024)}`)
    expect(status).toBe(200)
    await expect.poll(() => recorded('request.outcome')).toBe(1)
  })
  it('never leaves a request without a record, whatever its method and path', async () => {
    const word = fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'shop', 'pods', 'web', 'log', 'proxy', 'watch', 'status', 'nodes', 'ask')
    const long = fc.tuple(fc.constantFrom('a', 'A.', '-', '%20', 'ghp_0123456789abcdef'), fc.integer({ min: 1, max: 1100 }))
    // Seven of these fit into the longest path that is accepted. A longer path is refused before the caller is known, where a flood is only counted.
    const segment = fc.oneof(
      word,
      long.map(([text, length]) => text.repeat(Math.ceil(length / text.length))),
    )
    const method = fc.constantFrom('GET', 'HEAD', 'DELETE', 'POST')
    await fc.assert(
      fc.asyncProperty(method, fc.array(segment, { minLength: 1, maxLength: 7 }), async (verb, segments) => {
        const before = recorded('request.refused', 'request.outcome')
        await fixture.send(`${verb} /${segments.join('/')}`, verb === 'POST' ? ['Content-Length: 0'] : [])
        await expect.poll(() => recorded('request.refused', 'request.outcome')).toBe(before + 1)
        expect(lost()).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
