import { appendFile, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import type { RecordedEvent } from '../../../../domain/record/replay.ts'
import { joinRuns } from '../../../../domain/record/sessions/join-runs.ts'
import { IDLE_MS, isActivity, runOf } from '../../../../domain/record/sessions/run.ts'
import { createFolderSource } from '../../../../server/records/sessions/folder-source.ts'
import type { Key, KeyedEvent, SessionSource } from '../../../../server/records/sessions/source.ts'
import { closedOf, dataOf, intentOf, openAt, openedOf, outcomeOf, refusedOf, sessionNamed } from './agent-records.ts'

const T = Date.parse('2026-11-29T10:00:00.000Z')
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f']
const [A, B] = [sessionNamed('a'), sessionNamed('b')]
const live = new AbortController().signal

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-sessions-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

const allRuns = { sinceMs: 0, untilMs: T * 2, limit: 1000 }
const runsOf = async (source: SessionSource, more: object = {}) => (await source.runs({ ...allRuns, ...more }, live)).runs

async function allEvents(source: SessionSource, session: string, limit: number): Promise<readonly KeyedEvent[]> {
  const found: KeyedEvent[] = []
  for (let after: Key | undefined; ;) {
    const page = await source.events({ session, fromMs: 0, toMs: T * 2, limit, ...(after === undefined ? {} : { after }) }, live)
    found.push(...page.events)
    after = page.events.at(-1)?.key
    if (!page.more) return found
  }
}
const idsOf = (events: readonly KeyedEvent[]): readonly string[] => events.map(({ event }) => ('auditID' in event ? event.auditID : ''))

describe('the sessions of a folder', () => {
  it('are counted from the events of their agent, over several files', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T, maxBytes: 600 })
    await write(T, intentOf(A, '1', { policy: 'ci', namespace: 'shop', grant: 'g1', issuer: 'https://idp' }))
    await write(T + 10, outcomeOf(A, '1'))
    await write(T + 20, refusedOf(A, '2', { policy: 'ci', namespace: 'prod' }))
    await write(T + 30, { event: 'hold.filed', auditID: '3', session: A, request: 'hold-x', digest: 'd', timeoutSeconds: 60 })
    await write(T + 40, openedOf(A, '4'))
    await write(T + 50, { event: 'requests.unrecorded', session: A, user: 'oidc:a', count: 7 })
    await write(T + 60, intentOf(B, '5'))
    await recorder.close()
    expect((await readdir(dir)).filter((name) => name.endsWith('.jsonl')).length).toBeGreaterThan(3)
    const [a, b] = await runsOf(createFolderSource({ dir }))
    expect(a).toMatchObject({
      session: A,
      user: 'oidc:a',
      issuer: 'https://idp',
      startMs: T,
      lastMs: T + 50,
      forwarded: 1,
      refused: 1,
      held: 1,
      streams: 1,
      unrecorded: 7,
      policies: ['ci'],
      grants: ['g1'],
      requests: ['hold-x'],
      places: [
        { policy: 'ci', namespace: 'shop' },
        { policy: 'ci', namespace: 'prod' },
      ],
      terminals: [{ auditID: '4', stream: 'exec', command: 'sh', openedMs: T + 40 }],
      writers: ['gateway-a'],
    })
    expect(b).toMatchObject({ session: B, forwarded: 1 })
  })

  it('are those of all events, whatever files and writers they are spread over', async () => {
    const anyEvent = fc.record({
      session: fc.constantFrom(A, B),
      minutes: fc.integer({ min: 0, max: 40 }),
      kind: fc.constantFrom('intent', 'outcome', 'refused'),
      writer: fc.integer({ min: 0, max: 1 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 25 }), async (drawn) => {
        const own = await mkdtemp(join(dir, 'p-'))
        const writers = [
          await openAt(own, { startMs: T, host: 'one', pid: 1, maxBytes: 700 }),
          await openAt(own, { startMs: T, host: 'two', pid: 2, maxBytes: 900 }),
        ]
        let ms = T
        const written: RecordedEvent[] = []
        for (const [index, { session, minutes, kind, writer }] of drawn.entries()) {
          ms += minutes * 60_000 + 1
          const id = String(index)
          const event = kind === 'intent' ? intentOf(session, id) : kind === 'outcome' ? outcomeOf(session, id, 7_000) : refusedOf(session, id)
          await writers[writer]?.write(ms, event)
          written.push({ time: new Date(ms).toISOString(), ...event })
        }
        for (const { recorder, at } of writers) {
          at(ms)
          await recorder.close()
        }
        const source = createFolderSource({ dir: own })
        const expected = joinRuns(written.filter(isActivity).map((event) => runOf(event, 'x')))
        const plain = (run: (typeof expected)[number]) => ({ ...run, writers: [] })
        expect((await runsOf(source)).map(plain)).toEqual(expected.map(plain))
        // Each page by itself, and every event once and in order.
        for (const session of [A, B]) {
          const mine = written.flatMap((event) => ('session' in event && event.session === session && 'auditID' in event ? [event.auditID] : []))
          expect(idsOf(await allEvents(source, session, 3))).toEqual(mine)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('show what is appended while the index is kept, and lines that were torn and completed', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    const source = createFolderSource({ dir })
    await write(T, intentOf(A, '1'))
    expect(await runsOf(source)).toMatchObject([{ forwarded: 1 }])
    await write(T + 1, intentOf(A, '2'))
    expect(await runsOf(source)).toMatchObject([{ forwarded: 2 }])
    await recorder.close()
    const [name = ''] = (await readdir(dir)).filter((file) => file.endsWith('.jsonl'))
    const line = JSON.stringify({ seq: 9, time: new Date(T + 2).toISOString(), prev: '', ...intentOf(A, '3') })
    await appendFile(join(dir, name), line.slice(0, 40))
    expect(await runsOf(source)).toMatchObject([{ forwarded: 2 }])
    await appendFile(join(dir, name), `${line.slice(40)}\n`)
    expect(await runsOf(source)).toMatchObject([{ forwarded: 3 }])
  })

  it('end when retention removes their files', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    await write(T, intentOf(A, '1'))
    await recorder.close()
    const source = createFolderSource({ dir })
    expect(await runsOf(source)).toHaveLength(1)
    for (const name of await readdir(dir)) if (name.endsWith('.jsonl')) await unlink(join(dir, name))
    expect(await runsOf(source)).toEqual([])
  })

  it('are found whole by a time in the middle, also across files', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T, maxBytes: 500 })
    for (let minute = 0; minute < 120; minute += 20) await write(T + minute * 60_000, intentOf(A, `m${minute}`))
    await write(T + 120 * 60_000 + IDLE_MS, intentOf(A, 'later'))
    await recorder.close()
    const at = T + 60 * 60_000
    expect(await runsOf(createFolderSource({ dir }), { sinceMs: at, untilMs: at })).toMatchObject([
      { startMs: T, lastMs: T + 100 * 60_000, forwarded: 6 },
    ])
  })

  it('come in pages that never divide a session', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    for (const letter of LETTERS)
      for (const pause of [0, 1]) await write(T + pause * 2 * IDLE_MS, intentOf(sessionNamed(letter), `${letter}${pause}`))
    await recorder.close()
    const source = createFolderSource({ dir })
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page = await source.runs({ ...allRuns, limit: 3, ...(after === undefined ? {} : { after }) }, live)
      seen.push(...page.runs.map(({ session, startMs }) => `${session[0] ?? ''}${startMs === T ? 0 : 1}`))
      after = page.more
      if (after === undefined) break
    }
    expect(seen).toEqual(LETTERS.flatMap((letter) => [`${letter}0`, `${letter}1`]))
  })

  it('say that they are incomplete when there is no time to read files', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    await write(T, intentOf(A, '1'))
    await recorder.close()
    expect(await createFolderSource({ dir }).runs(allRuns, AbortSignal.abort())).toMatchObject({ runs: [], incomplete: true })
  })

  it('are the same when the indexes do not fit into memory', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T, maxBytes: 600 })
    for (let count = 0; count < 40; count += 1) await write(T + count, intentOf(count % 2 === 0 ? A : B, String(count)))
    await recorder.close()
    const small = createFolderSource({ dir, maxWeight: 1 })
    expect(await runsOf(small)).toEqual(await runsOf(createFolderSource({ dir })))
    expect(idsOf(await allEvents(small, A, 7))).toHaveLength(20)
  })
})

describe('the events of a session', () => {
  it('leave out lines that were changed, and count them', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    await write(T, intentOf(A, '1'))
    await write(T + 1, intentOf(A, '2'))
    await recorder.close()
    const [name = ''] = (await readdir(dir)).filter((file) => file.endsWith('.jsonl'))
    await writeFile(join(dir, name), (await readFile(join(dir, name), 'utf8')).replace('"auditID":"1"', '"auditID":"9"'))
    const page = await createFolderSource({ dir }).events({ session: A, fromMs: 0, toMs: T * 2, limit: 10 }, live)
    expect([idsOf(page.events), page.unreadable]).toEqual([['2'], 1])
  })

  it('are found in a file of many blocks without the data of streams', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    const noise = 'x'.repeat(60_000)
    const events: RecordEvent[] = [openedOf(B, 's')]
    for (let count = 0; count < 40; count += 1) events.push(intentOf(A, `a${count}`), dataOf(B, 's', count, noise))
    events.push(closedOf(B, 's', 40))
    for (const [index, event] of events.entries()) await write(T + index, event)
    await recorder.close()
    const source = createFolderSource({ dir })
    expect(idsOf(await allEvents(source, A, 7))).toEqual(Array.from({ length: 40 }, (_, count) => `a${count}`))
    expect((await allEvents(source, B, 7)).map(({ event }) => event.event)).toEqual(['stream.opened', 'stream.closed'])
    const data: string[] = []
    for await (const event of source.stream({ session: B, auditID: 's', fromMs: T, toMs: T + 1000 }, live)) data.push(event.event)
    expect(data).toEqual(['stream.opened', ...Array.from({ length: 40 }, () => 'stream.data'), 'stream.closed'])
  })

  it('of files that retention removes before they are read are left out', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T, maxBytes: 600 })
    for (let count = 0; count < 8; count += 1) await write(T + count, openedOf(A, `${count}`))
    await recorder.close()
    const [first = '', second = ''] = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()
    const removeFirst = async (): Promise<void> => rm(join(dir, first), { force: true })
    const all = ['0', '1', '2', '3', '4', '5', '6', '7']
    const left = idsOf(await allEvents(createFolderSource({ dir, pause: removeFirst }), A, 1000))
    expect(all.slice(-left.length)).toEqual(left)
    expect([left.length > 0, left.length < all.length]).toEqual([true, true])
    // As for one that is gone before its first byte is read.
    const removeLast = async (): Promise<void> => {
      const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()
      if (names.length > 1) await rm(join(dir, names.at(-1) ?? ''))
    }
    const before = idsOf(await allEvents(createFolderSource({ dir, pause: removeLast }), A, 1000))
    expect(left.slice(0, before.length)).toEqual(before)
    expect(before.length).toBeLessThan(left.length)
    // A slow client gets a stream in parts: files after the first are opened when it has come to them.
    const source = createFolderSource({ dir })
    const stream = source.stream({ session: A, auditID: left[0] ?? '', fromMs: 0, toMs: T * 2 }, live)[Symbol.asyncIterator]()
    expect((await stream.next()).value).toMatchObject({ event: 'stream.opened', auditID: left[0] })
    for (const name of await readdir(dir)) if (name > second) await rm(join(dir, name))
    expect((await stream.next()).done).toBe(true)
  })

  it('of another session are not shown with the name of a stream of it', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T })
    await write(T, openedOf(B, 's'))
    await write(T + 1, dataOf(B, 's', 1, 'secret'))
    await write(T + 2, intentOf(A, '1', { path: `/${B}` }))
    await recorder.close()
    const found: RecordedEvent[] = []
    for await (const event of createFolderSource({ dir }).stream({ session: A, auditID: 's', fromMs: 0, toMs: T * 2 }, live)) found.push(event)
    expect(found).toEqual([])
  })
})
