import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinRuns, joinTwo } from '../../../../domain/record/sessions/join-runs.ts'
import { MAX_OF_RUN } from '../../../../domain/api/access-session.ts'
import { IDLE_MS, runOf, type Run } from '../../../../domain/record/sessions/run.ts'
import type { RecordedEvent } from '../../../../domain/record/replay.ts'

const MINUTE = 60_000
const SESSIONS = ['a'.repeat(32), 'b'.repeat(32)] as const

const outcome = (session: string, atMs: number, durationMs: number): Run =>
  runOf(
    {
      event: 'request.outcome',
      auditID: 'x',
      session,
      ended: 'completed',
      code: 200,
      durationMs,
      time: new Date(atMs).toISOString(),
    },
    'host',
  )
const intent = (session: string, atMs: number, more: Partial<RecordedEvent<'request.intent'>> = {}): Run =>
  runOf(
    {
      event: 'request.intent',
      auditID: 'x',
      session,
      user: 'oidc:ci',
      method: 'GET',
      path: '/',
      time: new Date(atMs).toISOString(),
      ...more,
    },
    'host',
  )

const terminal = (session: string, atMs: number, auditID: string): Run =>
  runOf({ event: 'stream.opened', auditID, session, stream: 'exec', time: new Date(atMs).toISOString() }, 'host')

const anyRun = fc
  .record({
    session: fc.constantFrom(...SESSIONS),
    at: fc.integer({ min: 0, max: 600 }),
    open: fc.integer({ min: 0, max: 90 }),
    counts: fc.boolean(),
  })
  .map(({ session, at, open, counts }) => (counts ? intent(session, at * MINUTE) : outcome(session, at * MINUTE, open * MINUTE)))

/** Slow: joins any two that no pause divides, until there are none. */
function reference(runs: readonly Run[]): readonly { session: string; startMs: number; lastMs: number; forwarded: number }[] {
  const left = runs.map(({ session, startMs, reachMs, lastMs, forwarded }) => ({ session, startMs, reachMs, lastMs, forwarded }))
  for (;;) {
    const pair = left.flatMap((one, at) =>
      left
        .slice(at + 1)
        .filter((other) => one.session === other.session && one.reachMs - other.lastMs < IDLE_MS && other.reachMs - one.lastMs < IDLE_MS)
        .map((other) => [one, other] as const),
    )[0]
    if (pair === undefined) break
    const [one, other] = pair
    left.splice(left.indexOf(other), 1)
    one.startMs = Math.min(one.startMs, other.startMs)
    one.reachMs = Math.min(one.reachMs, other.reachMs)
    one.lastMs = Math.max(one.lastMs, other.lastMs)
    one.forwarded += other.forwarded
  }
  return left
    .map(({ session, startMs, lastMs, forwarded }) => ({ session, startMs, lastMs, forwarded }))
    .sort((one, other) => one.session.localeCompare(other.session) || one.startMs - other.startMs)
}
const shown = (runs: readonly Run[]) =>
  runs
    .map(({ session, startMs, lastMs, forwarded }) => ({ session, startMs, lastMs, forwarded }))
    .sort((one, other) => one.session.localeCompare(other.session) || one.startMs - other.startMs)

describe('runs', () => {
  it('are divided by pauses of 30 minutes and by nothing else', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 25 }), (runs) => {
        expect(shown(joinRuns(runs))).toEqual(reference(runs))
      }),
    )
  })

  it('are the same in whatever order and grouping files and gateways are joined', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 20 }), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 20, maxLength: 20 }), (runs, places) => {
        const groups = [0, 1, 2].map((place) => joinRuns(runs.filter((_, index) => places[index] === place)))
        expect(shown(joinRuns(groups.flat().reverse()))).toEqual(shown(joinRuns(runs)))
      }),
    )
  })

  it('are one while a stream is open, even when nothing is recorded for hours', () => {
    const runs = joinRuns([intent(SESSIONS[0], 0), outcome(SESSIONS[0], 5 * 60 * MINUTE, 5 * 60 * MINUTE)])
    expect(runs).toMatchObject([{ startMs: 0, lastMs: 5 * 60 * MINUTE }])
  })

  it('count the terminals that the list has no place for, however they are joined', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 100, maxLength: 100 }), (count, places) => {
        const runs = Array.from({ length: count }, (_, index) => terminal(SESSIONS[0], index, `t${index}`))
        const groups = [0, 1, 2].map((place) => joinRuns(runs.filter((__, index) => places[index] === place)))
        const [run] = joinRuns(groups.flat())
        expect((run?.terminals.length ?? 0) + (run?.moreTerminals ?? 0)).toBe(count)
        expect(run?.terminals.length ?? 0).toBe(Math.min(count, MAX_OF_RUN.terminals))
      }),
    )
  })

  it('say which of their lists were cut, and never become longer than the bound', () => {
    const many = Array.from({ length: MAX_OF_RUN.policies + 5 }, (_, index) => intent(SESSIONS[0], index, { policy: `p${index}`, namespace: 'shop' }))
    const run = many.reduce(joinTwo)
    expect(run.policies).toHaveLength(MAX_OF_RUN.policies)
    expect(run.cut).toEqual(['policies'])
    // What was cut once stays cut, also after joining with one that knows less.
    expect(joinTwo(intent(SESSIONS[0], 1), run).cut).toEqual(['policies'])
  })
})
