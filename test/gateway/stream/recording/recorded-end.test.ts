import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { EventOf } from '../../../../domain/record/events.ts'
import { RecordError, type Recorder } from '../../../../domain/record/recorder.ts'
import { streamText } from '../../../../domain/record/shown-in.ts'
import { RecordedEnd } from '../../../../gateway/stream/recording/recorded-end.ts'
import { Transcript } from '../../../../gateway/stream/recording/transcript.ts'
import { bytesIn } from '../../../fakes/bytes-in.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'

const ABOUT = { auditID: 'id', session: 'session' }
const CLOCK = { nowMs: () => 0 }

/** A recorder that takes `turns` event loop turns for each event, in rotation, and fails at event number `failsAt`. */
function slowRecorder(turns: readonly number[], failsAt = Infinity) {
  const written: EventOf<'stream.data'>[] = []
  let [taken, waiting] = [0, 0]
  let last: Promise<void> = Promise.resolve()
  const note: Recorder['note'] = (event) => {
    const number = taken++
    waiting += 1
    last = last.then(async () => {
      for (let turn = 0; turn < (turns[number % turns.length] ?? 0); turn++) await nextTurn()
      waiting -= 1
      if (number >= failsAt) throw new RecordError('NOT_DURABLE', 'the disk is full')
      written.push(event as EventOf<'stream.data'>)
    })
    return last
  }
  return { recorder: { note, record: note }, written, waiting: () => waiting }
}

const bytesOf = (events: readonly EventOf<'stream.data'>[]): Buffer => Buffer.concat(events.map(bytesIn))

/** Sends pieces as a relay does: records them first, then sends them. `onOut` observes bytes as they are sent. */
async function sendAll(pieces: readonly Buffer[], recorder: Recorder, onOut: (bytes: Buffer) => void) {
  const socket = new PassThrough({ highWaterMark: 64 })
  const out: Buffer[] = []
  socket.on('data', (bytes: Buffer) => {
    out.push(bytes)
    onOut(bytes)
  })
  const transcript = new Transcript(ABOUT, recorder, CLOCK)
  const failures: unknown[] = []
  const end = new RecordedEnd(socket, transcript, (error) => failures.push(error))
  let most = 0
  let given = 0
  const run = async (): Promise<void> => {
    for (const piece of pieces) {
      transcript.add('stdout', piece)
      given += piece.length
      const sent = end.send(piece)
      most = Math.max(most, given - end.sent)
      await sent
    }
    await end.drained()
    await transcript.end()
  }
  const error: unknown = await run().then(
    () => undefined,
    (cause: unknown) => cause,
  )
  await nextTurn()
  return { out: Buffer.concat(out), error, failures, most, end, transcript }
}

const anyPieces = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(150_000).map((size) => Buffer.alloc(size + 1, 'x')),
  ),
  { minLength: 1, maxLength: 40 },
)
const anyTurns = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 })

describe('a side of a stream', () => {
  it('sends every byte once and in order, each after its record, and holds back no more than its limit', async () => {
    await fc.assert(
      fc.asyncProperty(anyPieces, anyTurns, async (pieces, turns) => {
        const { recorder, written } = slowRecorder(turns)
        let shown = 0
        const { out, error, most } = await sendAll(pieces, recorder, (bytes) => {
          shown += bytes.length
          // Except for an incomplete character.
          expect(bytesOf(written).length).toBeGreaterThanOrEqual(shown - 3)
        })
        expect(error).toBeUndefined()
        expect(out.equals(Buffer.concat(pieces))).toBe(true)
        expect(bytesOf(written).equals(out), 'what is recorded').toBe(true)
        expect(most).toBeLessThanOrEqual(256 * 1024 + 150_001)
      }),
      { numRuns: 60 },
    )
  })
  it('sends nothing that could not be recorded, reports the failure once, and then allows a closing message', async () => {
    await fc.assert(
      fc.asyncProperty(anyPieces, anyTurns, fc.nat(5), async (pieces, turns, failsAt) => {
        const { recorder, written } = slowRecorder(turns, failsAt)
        const { out, error, failures, end } = await sendAll(pieces, recorder, () => {})
        const all = Buffer.concat(pieces)
        expect(out.equals(all.subarray(0, out.length))).toBe(true)
        expect(out.length).toBeLessThanOrEqual(bytesOf(written).length + 3)
        if (error === undefined) {
          expect(out.length).toBe(all.length)
          return
        }
        expect(error).toMatchObject({ code: 'NOT_DURABLE' })
        expect(failures.length).toBeLessThanOrEqual(1)
        if (failures.length === 0) return
        await expect(end.send(Buffer.from('more'))).rejects.toBe(error)
        end.allowClosingMessage()
        await end.send(Buffer.from('bye'))
        await end.drained()
        expect(end.sent).toBe(out.length + 3)
      }),
      { numRuns: 60 },
    )
  })
  it('stops reading while the disk hangs', async () => {
    const hung = new Promise<void>(() => {})
    const recorder: Recorder = { note: () => hung, record: () => hung }
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    const socket = new PassThrough()
    const end = new RecordedEnd(socket, transcript, () => {})
    let sent = 0
    const pour = async (): Promise<void> => {
      for (;;) {
        transcript.add('stdout', Buffer.alloc(10_000))
        sent += 10_000
        await end.send(Buffer.alloc(10_000))
      }
    }
    void pour()
    for (let turn = 0; turn < 100; turn++) await nextTurn()
    expect(sent).toBeLessThanOrEqual(256 * 1024 + 10_000)
    expect(socket.readableLength).toBe(0)
  })
  it('keeps only the bytes of a few that wait, not the memory of the read that they came with', async () => {
    const { recorder } = slowRecorder([3])
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    const socket = new PassThrough()
    const end = new RecordedEnd(socket, transcript, () => {})
    const read = Buffer.alloc(64 * 1024, 'x')
    transcript.add('stdin', Buffer.from('waits'))
    await end.send(read.subarray(0, 8), read.subarray(100, 4_000))
    read.fill(0xee)
    await end.drained()
    expect(socket.read()).toEqual(Buffer.alloc(3_908, 'x'))
  })
  it('sends data that needs no record at once', async () => {
    const socket = new PassThrough()
    const end = new RecordedEnd(socket, { added: 0, written: 0, whenWritten: () => Promise.reject(new Error('is not asked')) }, () => {})
    void end.send(Buffer.from('at once'))
    expect(socket.read()).toEqual(Buffer.from('at once'))
  })
})

describe('a transcript', () => {
  it('encodes text as text and everything else as base64, and loses no byte, however it is split', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(Buffer.from('\0'), Buffer.from('ü'), Buffer.from('漢字'), Buffer.from('🙂')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (words, cuts) => {
        const bytes = Buffer.concat(words)
        const { recorder, written } = slowRecorder([0])
        const transcript = new Transcript(ABOUT, recorder, CLOCK)
        for (let at = 0, cut = 0; at < bytes.length; at += cuts[cut++ % cuts.length] as number) {
          transcript.add('stdout', bytes.subarray(at, at + (cuts[cut % cuts.length] as number)))
          await nextTurn()
        }
        await transcript.end()
        expect(bytesOf(written).equals(bytes)).toBe(true)
        for (const { data, base64 } of written) expect([data, base64].filter((each) => each !== undefined)).toHaveLength(1)
      }),
      { numRuns: 100 },
    )
  })
  it('keeps a character whole that is split between pieces', async () => {
    const { recorder, written } = slowRecorder([0])
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    const bytes = Buffer.from('größer 漢字 🙂')
    for (const byte of bytes) {
      transcript.add('stdout', Buffer.from([byte]))
      await transcript.whenWritten(transcript.added)
    }
    await transcript.end()
    expect(written.map(streamText).join('')).toBe('größer 漢字 🙂')
    expect(written.every(({ base64 }) => base64 === undefined)).toBe(true)
  })
  it('compresses large pieces that get smaller, and leaves what people type and read uncompressed', async () => {
    const { recorder, written } = slowRecorder([0])
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    const [little, log, random] = [Buffer.alloc(4_000, 'x'), Buffer.from('a line of a log\n'.repeat(2_000)), randomBytes(40_000)]
    for (const bytes of [little, log, random]) {
      transcript.add('stdout', bytes)
      await transcript.whenWritten(transcript.added)
    }
    await transcript.end()
    expect(written.map(({ data, base64, zstd }) => [data, base64, zstd].findIndex((each) => each !== undefined))).toEqual([0, 2, 1])
    expect((written[1]?.zstd ?? '').length).toBeLessThan(1_000)
    expect(bytesOf(written).equals(Buffer.concat([little, log, random]))).toBe(true)
  })
  it('combines many small reads into few events, and keeps terminal sizes separate', async () => {
    const { recorder, written } = slowRecorder([5])
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    for (let read = 0; read < 1000; read++) transcript.add('stdout', Buffer.alloc(100, 'x'))
    for (const width of [80, 100]) transcript.resize(Buffer.from(`{"Width":${width},"Height":24}`))
    await transcript.end()
    expect(written.length).toBeLessThan(8)
    expect(written.slice(-2).map(({ data }) => data)).toEqual(['80x24', '100x24'])
  })

  it('records no size for a message that has none in its beginning', async () => {
    const { recorder, written } = slowRecorder([0])
    const transcript = new Transcript(ABOUT, recorder, CLOCK)
    const messages = ['{"Width":80}', '{"Height":24}', `{"Width":80,${' '.repeat(300)}"Height":24}`, '{"Height":25,"Width":81}']
    for (const message of messages) transcript.resize(Buffer.from(message))
    await transcript.end()
    expect(written.map(({ data }) => data)).toEqual(['81x25'])
  })

  it('reads a terminal size of any length in constant time', async () => {
    const transcript = new Transcript(ABOUT, slowRecorder([5]).recorder, CLOCK)
    const resize = (size: number): void => transcript.resize(Buffer.from('"Width":1'.repeat(size / 8)))
    expect(await costExponent(resize, [1 << 14, 1 << 18], 3)).toBeLessThan(LINEAR)
  })
})
