import { constants, createInflate, type Inflate } from 'node:zlib'
import { SPDY_DICTIONARY } from './dictionary.ts'
import { ProtocolError } from '../stream-error.ts'

/** Maximum decompressed bytes of a header block. Kubernetes sends three short headers for each stream, so a larger block is an attack. */
const LIMIT = 65536

/** Decompresses the header blocks of one direction. They share one compression state, so every block must be read, in order. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: SPDY_DICTIONARY, chunkSize: 4096 })
  #parts: Buffer[] = []
  #size = 0
  #fail: ((error: Error) => void) | undefined

  constructor() {
    this.#inflate.on('data', (part: Buffer) => {
      this.#size += part.length
      this.#parts.push(part)
      if (this.#size > LIMIT) this.#inflate.destroy(new ProtocolError('headers that are too long'))
    })
    this.#inflate.on('error', (error) => this.#fail?.(error))
  }

  /** Returns the headers, with names in lower case. @throws ProtocolError */
  async read(block: Buffer): Promise<ReadonlyMap<string, string>> {
    this.#parts = []
    this.#size = 0
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject
        this.#inflate.write(block)
        this.#inflate.flush(constants.Z_SYNC_FLUSH, () => resolve())
      })
    } catch (error) {
      throw error instanceof ProtocolError ? error : new ProtocolError('headers that cannot be unpacked')
    }
    if (this.#size > LIMIT) throw new ProtocolError('headers that are too long')
    return pairs(Buffer.concat(this.#parts))
  }

  close(): void {
    this.#fail = undefined
    this.#inflate.destroy()
  }
}

function pairs(bytes: Buffer): ReadonlyMap<string, string> {
  let at = 0
  const number = (): number => {
    if (at + 4 > bytes.length) throw new ProtocolError('headers that are cut off')
    at += 4
    return bytes.readUInt32BE(at - 4)
  }
  const word = (): string => {
    const length = number()
    if (at + length > bytes.length) throw new ProtocolError('headers that are cut off')
    at += length
    return bytes.toString('latin1', at - length, at)
  }
  const found = new Map<string, string>()
  for (let left = number(); left > 0; left--) {
    const name = word().toLowerCase()
    if (found.has(name)) throw new ProtocolError('a duplicate header')
    found.set(name, word())
  }
  if (at !== bytes.length) throw new ProtocolError('headers with trailing bytes')
  return found
}
