import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createLivePermits } from '../../../gateway/decide/stream-revocation.ts'
import type { Ending } from '../../../gateway/steps.ts'
import type { Change } from '../../../kube/informer.ts'
import { grant, policy, SILENT } from '../../domain/builders.ts'

/** What applies to a request applies to its response until the last byte: no kind of stream outlives what permits it. */
const GRANTS = ['g0', 'g1', 'g2'] as const
const LAST_KNOWN_MS = 60_000
/** Streams end within one second after revocation or expiry: design §4. */
const SLACK_MS = 1000

type Stream = {
  readonly grants: readonly string[]
  readonly grantsExpireAtMs: number
  readonly tokenExpiresAtMs: number
  readonly signal: AbortSignal
  allowed: boolean
  /** When the first of its permissions ended. */
  overMs: number
}

function createFixture() {
  const known = new Map<string, AccessGrant>(GRANTS.map((name) => [name, { ...grant({ expiresAt: '2999-01-01T00:00:00Z' }), metadata: { name } }]))
  const revoked = new Set<string>()
  const tellGrant = new Set<(change: Change<AccessGrant>) => void>()
  const tellPolicy = new Set<(change: Change<AccessPolicy>) => void>()
  let awaySinceMs: number | undefined
  const streams: Stream[] = []
  const live = createLivePermits(
    {
      grants: { get: (name) => known.get(name), subscribe: (each) => (tellGrant.add(each), () => {}) },
      policies: { subscribe: (each) => (tellPolicy.add(each), () => {}) },
      suspensions: SILENT,
      view: {
        outdatedForMs: () => {
          const age = awaySinceMs === undefined ? 0 : Date.now() - awaySinceMs
          return age <= LAST_KNOWN_MS ? age : Infinity
        },
      },
    },
    { nowMs: () => Date.now() },
  )
  const over = (which: (stream: Stream) => boolean, atMs: number): void => {
    for (const stream of streams) if (which(stream)) stream.overMs = Math.min(stream.overMs, atMs)
  }
  /** A new stream cannot begin under a grant that is gone. */
  const isGone = (name: string): boolean => revoked.has(name) && !known.has(name)
  return {
    streams,
    open: (grants: readonly string[], grantMs: number, tokenMs: number) => {
      if (grants.some(isGone)) return
      const expires = { grantsExpireAtMs: grants.length === 0 ? Infinity : Date.now() + grantMs, tokenExpiresAtMs: Date.now() + tokenMs }
      let stream: Stream | undefined
      const { signal } = live.watch({ grants, ...expires, allowed: () => stream?.allowed ?? true })
      const blind = awaySinceMs !== undefined && Date.now() - awaySinceMs > LAST_KNOWN_MS
      const dead = blind || grants.some((name) => revoked.has(name))
      stream = { grants, ...expires, signal, allowed: true, overMs: dead ? Date.now() : Math.min(...Object.values(expires)) }
      if (awaySinceMs !== undefined && !dead) stream.overMs = Math.min(stream.overMs, awaySinceMs + LAST_KNOWN_MS)
      streams.push(stream)
    },
    end: (name: string, how: 'revoke' | 'delete') => {
      const object = known.get(name)
      if (object === undefined) return
      const after: AccessGrant = { ...object, status: { conditions: [{ type: 'Revoked', status: 'True' }] } }
      revoked.add(name)
      if (how === 'delete') known.delete(name)
      else known.set(name, after)
      for (const tell of tellGrant)
        tell(how === 'delete' ? { type: 'DELETED', object, old: object } : { type: 'MODIFIED', object: after, old: object })
      over(({ grants }) => grants.includes(name), Date.now())
    },
    forbid: (index: number) => {
      const stream = streams[index]
      if (stream === undefined) return
      stream.allowed = false
      const old = policy('agents')
      for (const tell of tellPolicy) tell({ type: 'MODIFIED', old, object: { ...old, spec: { ...old.spec, rules: [] } } })
      over((each) => each === stream, Date.now())
    },
    away: (is: boolean) => {
      if (is === (awaySinceMs !== undefined)) return
      awaySinceMs = is ? Date.now() : undefined
      for (const stream of streams) {
        // Now that the apiserver is back, the stream ends when it would have ended without the outage.
        if (is) stream.overMs = Math.min(stream.overMs, Date.now() + LAST_KNOWN_MS)
        else if (stream.overMs > Date.now()) stream.overMs = naturalEnd(stream)
      }
    },
  }
}
const naturalEnd = ({ grantsExpireAtMs, tokenExpiresAtMs }: Stream): number => Math.min(grantsExpireAtMs, tokenExpiresAtMs)

type Fixture = ReturnType<typeof createFixture>
const step: fc.Arbitrary<(fixture: Fixture) => void> = fc.oneof(
  fc.record({ grants: fc.subarray([...GRANTS]), grantMs: fc.integer({ min: 0, max: 200_000 }), tokenMs: fc.integer({ min: 0, max: 200_000 }) }).map(
    ({ grants, grantMs, tokenMs }) =>
      (fixture: Fixture) =>
        fixture.open(grants, grantMs, tokenMs),
  ),
  fc.integer({ min: 1, max: 90_000 }).map((ms) => () => void vi.advanceTimersByTime(ms)),
  fc.tuple(fc.constantFrom(...GRANTS), fc.constantFrom('revoke' as const, 'delete' as const)).map(
    ([name, how]) =>
      (fixture: Fixture) =>
        fixture.end(name, how),
  ),
  fc.nat(5).map((index) => (fixture: Fixture) => fixture.forbid(index)),
  fc.boolean().map((is) => (fixture: Fixture) => fixture.away(is)),
)

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('X. an open stream', () => {
  it('X120 an open stream ends when anything that permits it ends, in any order of events, and for no other reason', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        vi.clearAllTimers()
        const fixture = createFixture()
        for (const take of steps) {
          take(fixture)
          for (const { signal, overMs } of fixture.streams) {
            if (Date.now() >= overMs + SLACK_MS) expect(signal.aborted).toBe(true)
            if (Date.now() < overMs) expect(signal.aborted).toBe(false)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
  it.each<readonly [Ending, (fixture: Fixture) => void]>([
    ['outdated', (fixture) => (fixture.away(true), vi.advanceTimersByTime(LAST_KNOWN_MS + SLACK_MS))],
    ['revoked', (fixture) => fixture.end('g0', 'revoke')],
    ['revoked', (fixture) => fixture.end('g0', 'delete')],
    ['revoked', (fixture) => fixture.forbid(0)],
    ['expired', () => vi.advanceTimersByTime(100_000)],
  ])('X121 an open stream ends as %s', (ending, happens) => {
    const fixture = createFixture()
    fixture.open(['g0'], 100_000, 200_000)
    happens(fixture)
    expect(fixture.streams[0]?.signal.reason).toBe(ending)
  })
  it('X122 an open stream does not continue under a grant that was created and deleted while the gateway saw neither', () => {
    const fixture = createFixture()
    fixture.open(['unheard'], 100_000, 200_000)
    vi.advanceTimersByTime(5_000)
    expect(fixture.streams[0]?.signal.aborted).toBe(false)
    vi.advanceTimersByTime(6_000)
    expect(fixture.streams[0]?.signal.reason).toBe('revoked')
  })
})
