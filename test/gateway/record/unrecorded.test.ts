import { afterEach, expect, it } from 'vitest'
import type { Authenticator } from '../../../gateway/authenticate/authenticate.ts'
import { CALLER, createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const PATH = `/${'x'.repeat(49)}`
const one = (token: string): string => `GET ${PATH} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`

/** Uses the token as the user name. */
const byToken: Authenticator = (token) =>
  Promise.resolve({ ...CALLER, session: `s-${token}`, identity: { ...CALLER.identity, username: `oidc:${token}` } })

it('refusals over the budget get 429 and are only counted, and other identities keep their budget', async () => {
  // So low that it is used up for many minutes.
  fixture = await createFixture(() => ({ authenticator: byToken }), { refusedRecordBytesPerSecond: 1 })
  const codes: number[] = []
  let last = ''
  for (let sent = 0; sent < 8; sent++) {
    const answer = await fixture.raw(one('loud'))
    codes.push(answer.status)
    last = answer.raw
  }
  const recorded = codes.filter((code) => code === 403).length
  expect(recorded).toBeGreaterThan(0)
  expect(codes).toEqual([...Array.from({ length: recorded }, () => 403), ...Array.from({ length: 8 - recorded }, () => 429)])
  expect(recorded).toBeLessThan(8)
  expect(last).toMatch(/retry-after: \d+/i)
  expect(last).toContain('"reason":"TooManyRequests"')
  expect(fixture.events.filter(({ event }) => event === 'request.refused')).toHaveLength(recorded)
  expect(await fixture.registry.getSingleMetricAsString('jit_gateway_bounds_reached_total')).toContain(`{bound="records"} ${8 - recorded}`)

  expect((await fixture.raw(one('quiet'))).status).toBe(403)
})
