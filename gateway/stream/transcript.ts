import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../../domain/clock.ts'
import type { EventOf } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'

export type Channel = EventOf<'stream.data'>['channel']

/** Below the limit of stream.data's text. */
const LONGEST = 32 * 1024

/** What a stream showed, for replay. Each piece is written before it goes on to the client, so it outlives us. Takes masked text only. */
export class Transcript {
  readonly #about: { readonly auditID: string; readonly session: string }
  readonly #recorder: Recorder
  readonly #clock: Clock
  readonly #openedMs: number
  readonly #decoders = new Map<Channel, StringDecoder>()

  constructor(about: { readonly auditID: string; readonly session: string }, recorder: Recorder, clock: Clock) {
    this.#about = about
    this.#recorder = recorder
    this.#clock = clock
    this.#openedMs = clock.nowMs()
  }

  get elapsedMs(): number {
    return Math.max(0, this.#clock.nowMs() - this.#openedMs)
  }

  /** @throws RecordError; the stream must then end */
  async add(channel: Channel, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return
    let decoder = this.#decoders.get(channel)
    if (decoder === undefined) this.#decoders.set(channel, (decoder = new StringDecoder('utf8')))
    const text = decoder.write(bytes)
    const { elapsedMs } = this
    for (let at = 0; at < text.length; at += LONGEST) {
      await this.#recorder.note({ event: 'stream.data', ...this.#about, channel, offsetMs: elapsedMs, data: text.slice(at, at + LONGEST) })
    }
  }

  /** A new size of the terminal, as the client's JSON says it; anything else on that channel is left out. */
  async resize(bytes: Buffer): Promise<void> {
    const match = /"Width":\s*(\d{1,5}).*"Height":\s*(\d{1,5})/is.exec(bytes.toString('latin1'))
    if (match !== null) await this.add('resize', Buffer.from(`${match[1] ?? ''}x${match[2] ?? ''}`))
  }
}
