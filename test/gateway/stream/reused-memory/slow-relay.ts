import { expect } from 'vitest'
import { randomBytes } from 'node:crypto'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createKnownValues } from '../../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'
import type { EventOf } from '../../../../domain/record/events.ts'
import type { ByteBudget } from '../../../../gateway/byte-room.ts'
import { MaskedChannel } from '../../../../gateway/stream/recording/masked-channel.ts'
import { Transcript } from '../../../../gateway/stream/recording/transcript.ts'
import type { Ends, Relaying, RelayContext } from '../../../../gateway/stream/relay-port.ts'
import { runBothWays } from '../../../../gateway/stream/run-both-ways.ts'
import { bytesIn } from '../../../fakes/bytes-in.ts'
import { recorderTo } from '../../../fakes/recorder.ts'
import { cutAnywhere } from '../cut-anywhere.ts'

/** Runs a relay whose memory is used again at the earliest moment, and whose writes are slow. */
export const CANARY = `c4nary-${randomBytes(18).toString('base64url')}`
const known = createKnownValues([{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }])
const newMasker = () => createMasker('text', { known, sameLength: true })
const ROOM: ByteBudget = { take: () => {}, give: () => {}, left: false }
/** What memory contains after its time. */
const OVERWRITTEN = 0xee
export const READ_BYTES = 16 * 1024
/** Far more turns of the event loop than any run takes. */
const MANY_TURNS = 20_000

/** Waits 0 to 3 turns of the event loop, in rotation. */
type Pause = () => Promise<void>
function pausing(turns: readonly number[]): Pause {
  let at = 0
  return async () => {
    for (let turn = turns[at++ % turns.length] ?? 0; turn > 0; turn--) await nextTurn()
  }
}

/** A socket that looks at what was written only when it has been written: until then it refers to the memory of the writer. */
class SlowSocket extends Duplex {
  readonly #pause: Pause
  #parts: Buffer[] = []

  constructor(pause: Pause) {
    super({ highWaterMark: 1024 })
    this.#pause = pause
  }

  get received(): Buffer {
    this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0] as Buffer
  }

  override _read(): void {}

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    void this.#pause().then(() => {
      this.#parts.push(...chunks.map(({ chunk }) => Buffer.from(chunk)))
      done()
    })
  }
}

const until = async (is: () => boolean, turns = MANY_TURNS): Promise<void> => {
  for (let turn = 0; turn < turns && !is(); turn++) await nextTurn()
}

type Way = { readonly cuts: readonly number[]; readonly turns: readonly number[] }
type Sent = {
  /** Sent and relayed before everything else. */
  readonly opening?: Buffer
  readonly client: Buffer
  readonly upstream: Buffer
  readonly form: (ends: Ends, context: RelayContext) => Relaying
  readonly stream: RelayContext['stream']
  /** Whether all bytes of the client have reached upstream. */
  readonly whole: (received: Buffer) => boolean
}

/** Relays both directions. The memory into which upstream is read is overwritten after each read. */
export async function relayed({ opening, client, upstream, form, stream, whole }: Sent, { cuts, turns }: Way) {
  const pause = pausing(turns)
  const recorded: EventOf<'stream.data'>[] = []
  const recorder = recorderTo(async (event) => {
    recorded.push(event as EventOf<'stream.data'>)
    await pause()
  })
  const transcript = new Transcript({ auditID: 'id', session: 'session' }, recorder, { nowMs: () => 0 })
  const [near, far] = [new SlowSocket(pause), new SlowSocket(pause)]
  const errors: string[] = []
  let take: ((bytes: Buffer) => void) | undefined
  const ended = runBothWays({
    relaying: (later, ends) =>
      form(ends, {
        later,
        stream,
        ports: undefined,
        transcript,
        status: true,
        hide: (text) => text,
        ended: (error) => void errors.push(error.toString('latin1')),
        channel: (name) => new MaskedChannel(newMasker(), stream === 'portforward' || name === 'error' ? undefined : { of: transcript, as: name }),
      }),
    recording: transcript,
    client: { socket: near, head: opening ?? Buffer.alloc(0) },
    upstream: { socket: far, head: Buffer.alloc(0), readInto: (next) => void (take = next) },
    ending: new AbortController().signal,
    hold: { catchUp: { caughtUp: pause }, room: { ...ROOM, left: true } },
    ahead: ROOM,
    finished: () => false,
  })
  // Headers are unpacked in another thread, which a busy machine delays.
  if (opening !== undefined) await until(() => far.received.length >= opening.length, Infinity)
  const memory = Buffer.alloc(READ_BYTES)
  const up = async (): Promise<void> => {
    for (const chunk of cutAnywhere(upstream, repeated(cuts))) {
      await until(() => !far.isPaused())
      take?.(memory.subarray(0, chunk.copy(memory)))
      memory.fill(OVERWRITTEN)
      await pause()
    }
  }
  const down = async (): Promise<void> => {
    for (const chunk of cutAnywhere(client, repeated(cuts))) {
      near.push(Buffer.from(chunk))
      await pause()
    }
  }
  await Promise.all([up(), down()])
  await until(() => whole(far.received))
  far.push(null)
  const { reason, error } = await ended
  expect({ reason, error }).toEqual({ reason: 'upstream', error: undefined })
  await transcript.end()
  const recordOf = (channel: string): Buffer => Buffer.concat(recorded.filter((event) => event.channel === channel).map(bytesIn))
  return { toClient: near.received, toUpstream: far.received, recordOf, errors }
}

export function* repeated(cuts: readonly number[]): Generator<number> {
  for (let at = 0; ; at++) yield cuts[at % cuts.length] as number
}

/** The slow reference: masks a copy at once. */
export function masked(parts: readonly Buffer[]): Buffer {
  const masker = newMasker()
  const shown = Buffer.concat([masker.push(Buffer.concat(parts)), masker.end()])
  expect(shown.includes(CANARY)).toBe(false)
  return shown
}

export const same = (one: Buffer, other: Buffer | readonly Buffer[], what: string): void =>
  expect(one.equals(Buffer.isBuffer(other) ? other : Buffer.concat(other)), what).toBe(true)
