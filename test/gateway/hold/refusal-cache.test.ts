import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { createRefusalCache } from '../../../gateway/hold/refusal-cache.ts'
import type { Held } from '../../../gateway/ports.ts'
import { CALLER } from '../gateway-fixture.ts'

type Tried = { readonly username: string; readonly digest: string; readonly upgrade: 'websocket' | 'spdy/3.1' }

const held = ({ username, digest, upgrade }: Tried): Held =>
  ({
    asked: { caller: { ...CALLER, identity: { ...CALLER.identity, username } }, upgrade, gone: new AbortController().signal },
    digest,
  }) as unknown as Held
const overWebSocket = (username: string, digest: string): Held => held({ username, digest, upgrade: 'websocket' })
const overSpdy = (username: string, digest: string): Held => held({ username, digest, upgrade: 'spdy/3.1' })
const denied = new StatusError('Forbidden', 'denied')

function setup() {
  const clock = { now: 0, nowMs: () => clock.now }
  return { clock, cache: createRefusalCache(clock) }
}

describe('a refused WebSocket stream', () => {
  it('refuses its retry over SPDY once, for five seconds', () => {
    const { cache, clock } = setup()
    cache.keep(overWebSocket('a', '1'), denied)
    expect(() => cache.check(overWebSocket('a', '1'))).not.toThrow()
    expect(() => cache.check(overSpdy('a', '1'))).toThrow(denied)
    expect(() => cache.check(overSpdy('a', '1'))).not.toThrow()
    cache.keep(overWebSocket('a', '1'), denied)
    clock.now = 5_000
    expect(() => cache.check(overSpdy('a', '1'))).not.toThrow()
  })

  it('refuses neither another operation nor another agent', () => {
    const { cache } = setup()
    cache.keep(overWebSocket('a', '1'), denied)
    expect(() => cache.check(overSpdy('a', '2'))).not.toThrow()
    expect(() => cache.check(overSpdy('b', '1'))).not.toThrow()
    expect(() => cache.check(overSpdy('a', '1'))).toThrow(denied)
  })

  it('refuses its retry, however many streams of other agents are refused in between', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ username: fc.constantFrom('b', 'c', 'd'), count: fc.integer({ min: 1, max: 2_000 }) }), { maxLength: 5 }),
        (floods) => {
          const { cache } = setup()
          cache.keep(overWebSocket('a', '1'), denied)
          for (const { username, count } of floods)
            for (let digest = 0; digest < count; digest++) cache.keep(overWebSocket(username, `${digest}`), new StatusError('Forbidden', 'other'))
          expect(() => cache.check(overSpdy('a', '1'))).toThrow(denied)
        },
      ),
      { numRuns: 30 },
    ))
})
