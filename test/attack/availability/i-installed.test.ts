import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timed } from '../../cluster/within-a-second.ts'
import { openHarness, type Attack, type Harness } from '../harness.ts'

/** I. Availability of the installed servers as they ship: slow clients and many clients on the wire. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-i')))
afterAll(() => harness.finish())

const lag = async (): Promise<number> => {
  const text = await (await fetch(harness.environment.gateway.metricsUrl)).text()
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1])
}
/** One of the most expensive attacks of this suite. */
const attack = (index: number): Promise<unknown> => {
  const kinds = [
    () => harness.send('GET /api', { token: `a${index}.b.c` }),
    () => harness.raw(`GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`),
    () => harness.send(`GET /api/v1/namespaces/${'%61'.repeat(2000)}/pods`),
    () =>
      harness.send(`PATCH ${harness.in('configmaps/copy')}?fieldManager=x`, { type: 'application/apply-patch+yaml', body: 'a: b\n'.repeat(6000) }),
    () => harness.send(`POST ${harness.in('configmaps')}`, { type: 'application/json', body: '{"a":'.repeat(50_000) }),
    () => harness.send(`GET ${harness.in('secrets')}`),
  ]
  return kinds[index % kinds.length]?.() ?? Promise.resolve()
}
/** Milliseconds until 200 requests at once are answered with this status. */
const flood = (tokenOf: (index: number) => Attack, status: number): Promise<number> =>
  timed(async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => harness.send('GET /api', tokenOf(index))))
    expect(answers.filter((answer) => answer.status !== status)).toEqual([])
  })
const read = (): Promise<number> => timed(async () => expect((await harness.send('GET /api')).status).toBe(200))
async function lagUnder(work: (index: number) => Promise<unknown>): Promise<number> {
  await lag() // starts a new measurement
  for (let at = 0; at < 4; at++) await Promise.all(Array.from({ length: 24 }, (_, index) => work(index)))
  return lag()
}

describe('I. availability, on the wire', () => {
  it('I03 a request head sent byte by byte is cut off in time, and others are served meanwhile', async () => {
    // Without the limit it would take 100 seconds.
    const pieces = { bytes: Array.from({ length: 250 }, () => 'X'), everyMs: 400 }
    const started = performance.now()
    const slow = harness.raw('GET /api HTTP/1.1\r\n', { seconds: 100, pieces })
    const first = await Promise.race([slow, harness.send('GET /api')])
    expect(first.status).toBe(200)
    expect([0, 408]).toContain((await slow).status)
    // Less than the minute that Node itself would allow.
    expect(performance.now() - started).toBeLessThan(50_000)
  })
  it('I07 a flood of invalid tokens is answered fast and causes no reviews', async () => {
    // Other work of the machine can delay any round, so one of five is enough.
    const rounds: { readonly valid: number; readonly invalid: number }[] = []
    while (rounds.length < 5) {
      const valid = await flood(() => ({}), 200)
      const invalid = await flood((index) => ({ token: `a${rounds.length}-${index}.b.c` }), 401)
      if (invalid < 2 * valid + 1000) return
      rounds.push({ valid, invalid })
    }
    expect.fail(`invalid tokens always take longer: ${JSON.stringify(rounds)}`)
  })
  it('X19 a long YAML body does not delay other requests', async () => {
    const body = 'a: b\n'.repeat(500_000)
    const alone = await read()
    const patches = Array.from({ length: 4 }, () =>
      harness.send(`PATCH ${harness.in('configmaps/copy')}?fieldManager=x`, { type: 'application/apply-patch+yaml', body }),
    )
    expect(await read()).toBeLessThan(5000 + 20 * alone)
    for (const answer of await Promise.all(patches)) expect([403, 413]).toContain(answer.status)
  })
  it('I10 under all of these at once the 99th percentile of the event loop delay is below 50 ms', async () => {
    // The machine has other work too, so the quietest of several rounds counts. If ordinary reads are delayed as much, it is the machine that is slow.
    const seen = { reads: 0, attacks: Infinity }
    const isFast = (): boolean => seen.attacks < Math.max(0.05, 2 * seen.reads)
    for (let round = 0; round < 8 && !isFast(); round++) {
      seen.attacks = Math.min(seen.attacks, await lagUnder(attack))
      if (seen.attacks >= 0.05) seen.reads = Math.max(seen.reads, await lagUnder(() => harness.send('GET /api')))
    }
    expect(isFast(), JSON.stringify(seen)).toBe(true)
  })
})
