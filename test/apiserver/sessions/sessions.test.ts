import { expect, it } from 'vitest'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { runOf } from '../../../domain/record/sessions/run.ts'
import { nameOfRun } from '../../../domain/record/sessions/session-name.ts'
import type { NamedSource } from '../../../apiserver/sessions/gateways.ts'
import { createSessions } from '../../../apiserver/sessions/sessions.ts'
import { compareKeys, type Key, type KeyedEvent, type SessionSource } from '../../../server/records/sessions/source.ts'
import { intentOf, openedOf, sessionNamed } from '../../server/records/sessions/agent-records.ts'

const A = sessionNamed('a')
const T = Date.parse('2026-11-29T10:00:00.000Z')
const gone = new AbortController().signal

const eventAt = (file: string, second: number): KeyedEvent => {
  const time = new Date(T + second * 1000).toISOString()
  return { key: { time, file, offset: second }, event: { time, ...intentOf(A, `${file}${second}`) } }
}

/** A gateway whose pages have fewer events than asked for, as when they are long. */
function gatewayWith(file: string, seconds: readonly number[], perPage: number): NamedSource {
  const all = seconds.map((second) => eventAt(file, second))
  return {
    name: file,
    source: {
      runs: () => Promise.resolve({ folder: file, runs: [], incomplete: false }),
      events: ({ after }) => {
        const rest = all.filter(({ key }) => after === undefined || compareKeys(key, after) > 0)
        return Promise.resolve({ folder: file, events: rest.slice(0, perPage), more: rest.length > perPage, unreadable: 0 })
      },
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }),
    },
  }
}

const withRuns = (name: string, runs: SessionSource['runs']): NamedSource => ({
  ...gatewayWith(name, [], 1),
  source: { ...(gatewayWith(name, [], 1).source as SessionSource), runs },
})

it('the events of gateways with short pages come once each, in order', async () => {
  const sources = [gatewayWith('a', [0, 3, 4, 9], 1), gatewayWith('b', [1, 2, 5, 6, 7, 8], 3)]
  const sessions = createSessions({ sources: () => Promise.resolve(sources), close: () => Promise.resolve() })
  const run = runOf({ time: new Date(T).toISOString(), ...intentOf(A, 'x') } as RecordedEvent<'request.intent'>, 'x')
  const seen: number[] = []
  for (let after: Key | undefined; ;) {
    const page = await sessions.events(run, { after, limit: 5, heard: 'all' }, gone)
    seen.push(...page.events.map(({ key }) => key.offset))
    after = page.events.at(-1)?.key
    if (!page.more) break
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

it('a gateway that is away is asked once for the whole of a session, named once, and not heard', async () => {
  const run = { ...runOf({ time: new Date(T).toISOString(), ...intentOf(A, 'x') } as RecordedEvent<'request.intent'>, 'x'), lastMs: T + 9 * 3600_000 }
  let [asked, rounds] = [0, 0]
  const sources = [
    withRuns('here', () => {
      rounds += 1
      return Promise.resolve({ folder: 'here', runs: [run], incomplete: false })
    }),
    withRuns('away', () => {
      asked += 1
      return Promise.reject(new Error('it answered 503'))
    }),
  ]
  const sessions = createSessions({ sources: () => Promise.resolve(sources), close: () => Promise.resolve() })
  const found = await sessions.find(nameOfRun(run), gone)
  expect([asked, rounds]).toEqual([1, 2])
  expect(found).toEqual({ run, missing: [{ gateway: 'away', message: 'it answered 503' }], heard: new Set(['here']) })
})

it('a session whose end goes further with each question is asked for again later', async () => {
  const run = runOf({ time: new Date(T).toISOString(), ...intentOf(A, 'x') } as RecordedEvent<'request.intent'>, 'x')
  let asked = 0
  const endless = withRuns('endless', ({ untilMs }) => {
    asked += 1
    return Promise.resolve({ folder: 'endless', runs: [{ ...run, lastMs: untilMs }], incomplete: false })
  })
  const sessions = createSessions({ sources: () => Promise.resolve([endless]), close: () => Promise.resolve() })
  await expect(sessions.find(nameOfRun(run), gone)).rejects.toMatchObject({ reason: 'ServiceUnavailable', details: { retryAfterSeconds: 5 } })
  expect(asked).toBe(8)
})

it('a recording is found beside a gateway that hangs, and a second copy of it is closed', async () => {
  const opened = { time: new Date(T).toISOString(), ...openedOf(A, 's') }
  let closed = 0
  const holder = (name: string): NamedSource => ({
    ...gatewayWith(name, [], 1),
    source: {
      ...(gatewayWith(name, [], 1).source as SessionSource),
      stream: async function* () {
        try {
          yield opened
          yield opened
        } finally {
          closed += 1
        }
      },
    },
  })
  const hangs: NamedSource = {
    name: 'hangs',
    source: {
      ...(gatewayWith('hangs', [], 1).source as SessionSource),
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
    },
  }
  const sessions = createSessions({ sources: () => Promise.resolve([hangs, holder('a'), holder('b')]), close: () => Promise.resolve() })
  const run = runOf({ time: new Date(T).toISOString(), ...intentOf(A, 'x') } as RecordedEvent<'request.intent'>, 'x')
  const { events } = await sessions.stream(run, { auditID: 's', heard: 'all' }, gone)
  const seen: string[] = []
  for await (const { event } of events ?? []) seen.push(event)
  expect(seen).toEqual(['stream.opened', 'stream.opened'])
  await expect.poll(() => closed).toBe(2)
})
