import { isUtf8 } from 'node:buffer'
import type { EventOf } from '../../../domain/record/events.ts'

type Shown = Pick<EventOf<'stream.data'>, 'data' | 'base64'>

const nothing: Buffer = Buffer.alloc(0)

/** How many of the last bytes begin a UTF-8 character that goes on behind them; 0 when they cannot. */
function incomplete(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

/**
 * One channel as records spell it: text where it is text, so that people can search it, and base64 where it is not, which costs a
 * twentieth of escaping it and loses nothing. A character that a piece cuts goes with the next one.
 */
export class PieceText {
  #rest = nothing

  /** Undefined: there is nothing to write yet. */
  spell(piece: Buffer): Shown | undefined {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const whole = bytes.subarray(0, bytes.length - incomplete(bytes))
    // The memory of a piece is not kept for its last bytes.
    this.#rest = whole.length === bytes.length ? nothing : Buffer.from(bytes.subarray(whole.length))
    if (isUtf8(whole) && !whole.includes(0)) return whole.length === 0 ? undefined : { data: whole.toString('utf8') }
    this.#rest = nothing
    return { base64: bytes.toString('base64') }
  }

  /** The beginning of a character that never came. */
  end(): Shown | undefined {
    const rest = this.#rest
    this.#rest = nothing
    return rest.length === 0 ? undefined : { base64: rest.toString('base64') }
  }
}
