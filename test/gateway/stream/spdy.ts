import { constants, createDeflate, type Deflate } from 'node:zlib'
import { SPDY_DICTIONARY } from '../../../gateway/stream/spdy/dictionary.ts'
import { HEADERS, SYN_REPLY, SYN_STREAM } from '../../../gateway/stream/spdy/frames.ts'

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8003, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(payload.length, 4)
  head[4] = flags
  return Buffer.concat([head, payload])
}

/** Writes the headers of one end of a SPDY connection with one compression state, as moby/spdystream does. */
export class SpdyWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary: SPDY_DICTIONARY })
  #parts: Buffer[] = []

  constructor() {
    this.#deflate.on('data', (part: Buffer) => this.#parts.push(part))
  }

  async block(headers: { readonly [name: string]: string }): Promise<Buffer> {
    this.#parts = []
    const words = Object.entries(headers).flatMap(([name, value]) => [
      number(name.length),
      Buffer.from(name),
      number(value.length),
      Buffer.from(value),
    ])
    this.#deflate.write(Buffer.concat([number(Object.keys(headers).length), ...words]))
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    return Buffer.concat(this.#parts)
  }

  async synStream(streamId: number, headers: { readonly [name: string]: string }, flags = 0): Promise<Buffer> {
    return controlFrame(SYN_STREAM, Buffer.concat([number(streamId), number(0), Buffer.alloc(2), await this.block(headers)]), flags)
  }

  async synReply(streamId: number): Promise<Buffer> {
    return controlFrame(SYN_REPLY, Buffer.concat([number(streamId), await this.block({})]))
  }

  async headers(streamId: number, headers: { readonly [name: string]: string }): Promise<Buffer> {
    return controlFrame(HEADERS, Buffer.concat([number(streamId), await this.block(headers)]))
  }
}
