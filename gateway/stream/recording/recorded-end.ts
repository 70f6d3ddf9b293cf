import type { Duplex } from 'node:stream'
import { send } from '../serial-queue.ts'
import type { Recording } from './recording.ts'

/** Bytes that may wait for their record, and for the other side, before reading pauses. */
const MAX_WAITING_BYTES = 256 * 1024
/** Limits of one write. */
const MAX_WRITE_BYTES = 64 * 1024
const MAX_WRITE_PIECES = 1024
/** Less is copied before it waits, so that a few bytes do not keep the memory of a whole read alive: the limit counts only these bytes. */
const MIN_SHARED_BYTES = 4 * 1024

type Entry = {
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  /** The position up to which the recording must be written first. */ readonly after: number
}

/**
 * One side of a stream. Sends pieces in order, each only after everything recorded before it is written, so that nothing is shown or done
 * without its record. Meanwhile the caller can read, mask and record more, within a bound of bytes. So a recording that is slower than the
 * stream slows it down, and a recording that fails ends it.
 */
export class RecordedEnd {
  readonly #socket: Duplex
  readonly #recording: Pick<Recording, 'added' | 'written' | 'whenWritten'>
  readonly #onFailed: (error: unknown) => void
  #entries: Entry[] = []
  #waitingBytes = 0
  #passing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #isClosing = false
  #onChange: (() => void)[] = []
  #sent = 0

  constructor(socket: Duplex, recording: Pick<Recording, 'added' | 'written' | 'whenWritten'>, onFailed: (error: unknown) => void) {
    this.#socket = socket
    this.#recording = recording
    this.#onFailed = onFailed
  }

  /** The number of bytes sent. */
  get sent(): number {
    return this.#sent
  }

  /** Resolves when more may be sent. @throws the error of the recording */
  async send(...given: readonly Buffer[]): Promise<void> {
    const bytes = given.reduce((sum, { length }) => sum + length, 0)
    const pieces = bytes < MIN_SHARED_BYTES ? [Buffer.concat(given, bytes)] : given
    if (this.#isClosing) return await this.#out(pieces)
    this.#check()
    if (this.#passing === undefined && this.#recording.written >= this.#recording.added) return await this.#out(pieces)
    this.#entries.push({ pieces, bytes, after: this.#recording.added })
    this.#waitingBytes += bytes
    this.#passing ??= this.#pass()
    while (this.#waitingBytes >= MAX_WAITING_BYTES) {
      await new Promise<void>((resolve) => void this.#onChange.push(resolve))
      this.#check()
    }
  }

  /** Resolves when everything was sent. @throws the error of the recording */
  async drained(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing
    if (!this.#isClosing) this.#check()
  }

  /** Lets the gateway's own closing message through after a failure. It contains no data of the stream, so it needs no record. */
  allowClosingMessage(): void {
    this.#isClosing = this.#failure !== undefined
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #out(pieces: readonly Buffer[]): Promise<void> {
    for (const { length } of pieces) this.#sent += length
    return send(this.#socket, ...pieces)
  }

  async #pass(): Promise<void> {
    try {
      for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
        if (this.#recording.written < first.after) await this.#recording.whenWritten(first.after)
        await this.#out(this.#takeReady())
        this.#notify()
      }
    } catch (error) {
      this.#failure = { error }
      this.#entries = []
      this.#waitingBytes = 0
      this.#notify()
      this.#onFailed(error)
    } finally {
      this.#passing = undefined
    }
  }

  #takeReady(): readonly Buffer[] {
    const { written } = this.#recording
    let [count, bytes] = [0, 0]
    for (const entry of this.#entries) {
      if (entry.after > written || count === MAX_WRITE_PIECES || (count > 0 && bytes + entry.bytes > MAX_WRITE_BYTES)) break
      count += 1
      bytes += entry.bytes
    }
    this.#waitingBytes -= bytes
    return this.#entries.splice(0, count).flatMap((entry) => entry.pieces)
  }

  #notify(): void {
    for (const go of this.#onChange.splice(0)) go()
  }
}
