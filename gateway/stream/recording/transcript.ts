import type { Clock } from '../../../domain/clock.ts'
import type { Recorder } from '../../../domain/record/recorder.ts'
import { PieceMemory } from './piece-memory.ts'
import { PieceText } from './piece-text.ts'
import type { RecordedChannel, Recording } from './recording.ts'
import { PieceEncoder, type EncodedPiece } from './piece-encoder.ts'

/** With up to 3 bytes of an incomplete character before it, the base64 of a piece fits into stream.data, compressed or not. */
const MAX_PIECE = 48 * 1024 - 3
/** A terminal size takes 30 bytes. Of a longer message, which the client chooses, only the beginning is read. */
const MAX_SIZE_BYTES = 256

const pieceMemory = new PieceMemory(MAX_PIECE)

type Queued = { readonly channel: RecordedChannel; readonly offsetMs: number; memory: Buffer; bytes: number }
type Waiting = { readonly position: number; readonly go: () => void; readonly fail: (error: unknown) => void }

/**
 * Records the data of a stream as events, for replay. While events are written, new bytes are combined into large pieces, so that a fast
 * stream makes one event for each 48 KiB instead of one for each read. Callers must pass masked bytes only.
 */
export class Transcript implements Recording {
  readonly #about: { readonly auditID: string; readonly session: string }
  readonly #recorder: Recorder
  readonly #clock: Clock
  readonly #openedMs: number
  readonly #channels = new Map<RecordedChannel, { readonly text: PieceText; readonly encoder: PieceEncoder }>()
  #added = 0
  #written = 0
  #queue: Queued[] = []
  #writing = false
  #waiting: Waiting[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(about: { readonly auditID: string; readonly session: string }, recorder: Recorder, clock: Clock) {
    this.#about = about
    this.#recorder = recorder
    this.#clock = clock
    this.#openedMs = clock.nowMs()
  }

  get elapsedMs(): number {
    return Math.max(0, this.#clock.nowMs() - this.#openedMs)
  }

  get added(): number {
    return this.#added
  }

  get written(): number {
    return this.#written
  }

  add(channel: RecordedChannel, bytes: Buffer): void {
    if (bytes.length === 0 || this.#failure !== undefined) return
    for (let at = 0; at < bytes.length;) at += this.#put(channel, bytes.subarray(at))
    this.#added += bytes.length
    if (!this.#writing) void this.#write()
  }

  /** Records a new terminal size from the client's JSON. Other data on that channel is ignored. */
  resize(bytes: Buffer): void {
    const text = bytes.toString('latin1', 0, MAX_SIZE_BYTES)
    const [width, height] = [/"Width":\s{0,8}(\d{1,5})/i, /"Height":\s{0,8}(\d{1,5})/i].map((field) => field.exec(text)?.[1])
    if (width !== undefined && height !== undefined) this.add('resize', Buffer.from(`${width}x${height}`))
  }

  async whenWritten(position: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#written >= position) return
    await new Promise<void>((go, fail) => void this.#waiting.push({ position, go, fail }))
  }

  async end(): Promise<void> {
    await this.whenWritten(this.#added)
    for (const [channel, { text, encoder }] of this.#channels) {
      const piece = text.end()
      if (piece !== undefined)
        await this.#recorder.note({ event: 'stream.data', ...this.#about, channel, offsetMs: this.elapsedMs, ...(await encoder.encode(piece)) })
    }
  }

  /** Adds bytes to the last piece, or begins a new one. Returns how many were added. */
  #put(channel: RecordedChannel, bytes: Buffer): number {
    const last = this.#queue.at(-1)
    const goesOn = last?.channel === channel && channel !== 'resize' && last.bytes < MAX_PIECE
    const piece = goesOn ? last : { channel, offsetMs: this.elapsedMs, memory: pieceMemory.take(bytes.length), bytes: 0 }
    if (!goesOn) this.#queue.push(piece)
    piece.memory = pieceMemory.grown(piece.memory, piece.bytes, bytes.length)
    const taken = bytes.copy(piece.memory, piece.bytes, 0, MAX_PIECE - piece.bytes)
    piece.bytes += taken
    return taken
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#queue.length > 0) {
      const [pieces, position] = [this.#queue, this.#added]
      this.#queue = []
      try {
        const notes: Promise<void>[] = []
        for (const queued of pieces) {
          const encoded = this.#encode(queued)
          // Each piece is written while the next one is encoded.
          notes.push(...this.#noted(queued, encoded instanceof Promise ? await encoded : encoded))
        }
        await Promise.all(notes)
      } catch (error) {
        return this.#fail(error)
      }
      this.#written = position
      const ready = this.#waiting.filter((waiting) => waiting.position <= position)
      this.#waiting = this.#waiting.filter((waiting) => waiting.position > position)
      for (const { go } of ready) go()
    }
    this.#writing = false
  }

  /** Uses the piece up. */
  #noted({ channel, offsetMs, memory }: Queued, encoded: EncodedPiece | undefined): readonly Promise<void>[] {
    pieceMemory.giveBack(memory)
    if (encoded === undefined) return []
    const note = this.#recorder.note({ event: 'stream.data', ...this.#about, channel, offsetMs, ...encoded })
    note.catch(() => {}) // the caller awaits it later
    return [note]
  }

  #fail(error: unknown): void {
    this.#failure = { error }
    this.#queue = []
    for (const { fail } of this.#waiting.splice(0)) fail(error)
  }

  #encode({ channel, memory, bytes }: Queued): EncodedPiece | Promise<EncodedPiece> | undefined {
    let known = this.#channels.get(channel)
    if (known === undefined) this.#channels.set(channel, (known = { text: new PieceText(), encoder: new PieceEncoder() }))
    const piece = known.text.take(memory.subarray(0, bytes))
    return piece === undefined ? undefined : known.encoder.encode(piece)
  }
}
