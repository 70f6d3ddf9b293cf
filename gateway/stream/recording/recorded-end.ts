import type { Duplex } from 'node:stream'
import { send } from '../serial-queue.ts'
import type { Recording } from './recording.ts'

/** What may wait for its record, and for the other side to take it, before nothing more is read. */
const MAX_WAITING = 256 * 1024
/** What goes out in one write. */
const MAX_AT_ONCE = 64 * 1024
const MAX_PIECES_AT_ONCE = 1024

type Entry = { readonly bytes: Buffer; /** The position that must be written before. */ readonly after: number }

/**
 * One side of a stream. What is sent goes out in its order, each piece when everything that was recorded before it is written, so
 * nothing is shown or done without its record; meanwhile more is read, masked and recorded, within a bound of bytes. A recording that
 * is slower than the stream slows it down so, and one that fails ends it.
 */
export class RecordedEnd {
  readonly #socket: Duplex
  readonly #recording: Pick<Recording, 'added' | 'written' | 'whenWritten'>
  readonly #onFailed: (error: unknown) => void
  #entries: Entry[] = []
  #waitingBytes = 0
  #passing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #goodbye = false
  #onChange: (() => void)[] = []
  #sent = 0

  constructor(socket: Duplex, recording: Pick<Recording, 'added' | 'written' | 'whenWritten'>, onFailed: (error: unknown) => void) {
    this.#socket = socket
    this.#recording = recording
    this.#onFailed = onFailed
  }

  /** Bytes that went out. */
  get sent(): number {
    return this.#sent
  }

  /** Resolves when more may be sent. @throws what the recording failed with */
  async send(bytes: Buffer): Promise<void> {
    if (this.#goodbye) return await this.#out(bytes)
    this.#check()
    if (this.#passing === undefined && this.#recording.written >= this.#recording.added) return await this.#out(bytes)
    this.#entries.push({ bytes, after: this.#recording.added })
    this.#waitingBytes += bytes.length
    this.#passing ??= this.#pass()
    while (this.#waitingBytes >= MAX_WAITING) {
      await new Promise<void>((resolve) => void this.#onChange.push(resolve))
      this.#check()
    }
  }

  /** Resolves when everything has gone out. @throws what the recording failed with */
  async drained(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing
    if (!this.#goodbye) this.#check()
  }

  /** What is sent from now on is our own words and shows nothing of the stream, so after a failure it needs no record. */
  allowGoodbye(): void {
    this.#goodbye = this.#failure !== undefined
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #out(...pieces: readonly Buffer[]): Promise<void> {
    for (const { length } of pieces) this.#sent += length
    return send(this.#socket, ...pieces)
  }

  async #pass(): Promise<void> {
    try {
      for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
        if (this.#recording.written < first.after) await this.#recording.whenWritten(first.after)
        await this.#out(...this.#takeReady())
        this.#tell()
      }
    } catch (error) {
      this.#failure = { error }
      this.#entries = []
      this.#waitingBytes = 0
      this.#tell()
      this.#onFailed(error)
    } finally {
      this.#passing = undefined
    }
  }

  #takeReady(): readonly Buffer[] {
    const { written } = this.#recording
    let [count, bytes] = [0, 0]
    for (const entry of this.#entries) {
      if (entry.after > written || count === MAX_PIECES_AT_ONCE || (count > 0 && bytes + entry.bytes.length > MAX_AT_ONCE)) break
      count += 1
      bytes += entry.bytes.length
    }
    this.#waitingBytes -= bytes
    return this.#entries.splice(0, count).map((entry) => entry.bytes)
  }

  #tell(): void {
    for (const go of this.#onChange.splice(0)) go()
  }
}
