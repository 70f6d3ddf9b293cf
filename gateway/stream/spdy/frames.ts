import { ByteQueue } from '../byte-queue.ts'
import { ProtocolError } from '../stream-error.ts'

/**
 * SPDY/3.1 framing (draft-mbelshe-httpbis-spdy-00 §2). Control frames are passed on unchanged, since both ends share the compression state
 * of header blocks. Data frames are returned in pieces as they arrive, so that none is buffered whole. The implementation in Kubernetes
 * (moby/spdystream) keeps no flow-control window, so masking may change the length of a payload. WINDOW_UPDATE is passed on.
 */
export const SYN_STREAM = 1
export const SYN_REPLY = 2
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const HEADERS = 8
export const WINDOW_UPDATE = 9

/** Minimum and maximum payload bytes of each control frame. Other types are not frames of SPDY/3.1. Headers are limited to 16 KiB. */
const SIZES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [SYN_STREAM, [10, 16384]],
  [SYN_REPLY, [4, 16384]],
  [RST_STREAM, [8, 8]],
  [SETTINGS, [4, 1024]],
  [PING, [4, 4]],
  [GOAWAY, [8, 8]],
  [HEADERS, [4, 16384]],
  [WINDOW_UPDATE, [8, 8]],
])

const FIN = 0x01
const HEAD = 8

export type ControlFrame = {
  readonly kind: 'control'
  readonly type: number
  /** 0 for frames that apply to the whole session. */
  readonly streamId: number
  readonly fin: boolean
  /** Compressed; empty for frames without headers. */
  readonly headerBlock: Buffer
  readonly raw: Buffer
}
/** A piece of a data frame. `fin` is set only on the last piece. */
export type DataPiece = { readonly kind: 'data'; readonly streamId: number; readonly data: Buffer; readonly fin: boolean }
export type SpdyItem = ControlFrame | DataPiece

const HEADERS_AT: ReadonlyMap<number, number> = new Map([
  [SYN_STREAM, 10],
  [SYN_REPLY, 4],
  [HEADERS, 4],
])
const SESSION_WIDE: ReadonlySet<number> = new Set([SETTINGS, PING, GOAWAY])

function control(raw: Buffer): ControlFrame {
  const type = raw.readUInt16BE(2)
  const payload = raw.subarray(HEAD)
  const headersAt = HEADERS_AT.get(type)
  return {
    kind: 'control',
    type,
    streamId: SESSION_WIDE.has(type) ? 0 : payload.readUInt32BE(0) & 0x7fffffff,
    fin: headersAt !== undefined && ((raw[4] as number) & FIN) !== 0,
    headerBlock: headersAt === undefined ? Buffer.alloc(0) : payload.subarray(headersAt),
    raw,
  }
}

/** Parses frames from a byte stream that may be split anywhere. */
export class SpdyReader {
  readonly #queue = new ByteQueue()
  #data: { readonly streamId: number; readonly fin: boolean; left: number } | undefined

  /** @throws ProtocolError; the reader cannot be used afterwards */
  push(chunk: Buffer): readonly SpdyItem[] {
    this.#queue.add(chunk)
    const items: SpdyItem[] = []
    for (let item = this.#next(); item !== undefined; item = this.#next()) items.push(item)
    return items
  }

  #next(): SpdyItem | undefined {
    if (this.#data !== undefined) return this.#piece(this.#data)
    const head = this.#queue.peek(HEAD)
    if (head === undefined) return undefined
    const length = head.readUIntBE(5, 3)
    if (((head[0] as number) & 0x80) !== 0) {
      this.#checkControl(head, length)
      const raw = this.#queue.take(HEAD + length)
      return raw === undefined ? undefined : control(raw)
    }
    const streamId = head.readUInt32BE(0)
    if (streamId === 0) throw new ProtocolError('data on stream 0')
    this.#data = { streamId, fin: ((head[4] as number) & FIN) !== 0, left: length }
    this.#queue.take(HEAD)
    return length === 0 ? this.#piece(this.#data) : this.#next()
  }

  #piece(open: { readonly streamId: number; readonly fin: boolean; left: number }): DataPiece | undefined {
    const data = this.#queue.takeUpTo(open.left)
    if (data.length === 0 && open.left > 0) return undefined
    open.left -= data.length
    if (open.left === 0) this.#data = undefined
    return { kind: 'data', streamId: open.streamId, data, fin: open.fin && open.left === 0 }
  }

  #checkControl(head: Buffer, length: number): void {
    if ((head.readUInt16BE(0) & 0x7fff) !== 3) throw new ProtocolError('a frame of another SPDY version')
    const size = SIZES.get(head.readUInt16BE(2))
    if (size === undefined) throw new ProtocolError('a frame of unknown type')
    if (length < size[0] || length > size[1]) throw new ProtocolError('a control frame of a wrong length')
  }
}

/** Maximum payload bytes of a data frame. The length field has 24 bits, but smaller frames let streams take turns. */
const DATA_LIMIT = 65536

function dataHead(streamId: number, length: number, fin: boolean): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(streamId, 0)
  head.writeUInt32BE(length, 4)
  head[4] = fin ? FIN : 0
  return head
}

/**
 * Encodes data of one stream as frames, in pieces that share memory with the data. Empty data makes one empty frame, which can carry `fin`.
 */
export function framePieces(streamId: number, data: readonly Buffer[], fin: boolean): readonly Buffer[] {
  const length = data.reduce((sum, each) => sum + each.length, 0)
  if (length <= DATA_LIMIT) return [dataHead(streamId, length, fin), ...data]
  const whole = Buffer.concat(data)
  const parts: Buffer[] = []
  for (let at = 0; at < length; at += DATA_LIMIT) {
    const piece = whole.subarray(at, at + DATA_LIMIT)
    parts.push(dataHead(streamId, piece.length, fin && at + DATA_LIMIT >= length), piece)
  }
  return parts
}

/** The same as one buffer. */
export function dataFrames(streamId: number, data: Buffer, fin: boolean): Buffer {
  return Buffer.concat(framePieces(streamId, [data], fin))
}

/** A GOAWAY frame (§2.6.6) with status OK: no more streams are accepted. */
export function goAwayFrame(lastStreamId: number): Buffer {
  const frame = Buffer.alloc(HEAD + 8)
  frame.writeUInt16BE(0x8003, 0)
  frame.writeUInt16BE(GOAWAY, 2)
  frame.writeUInt32BE(8, 4)
  frame.writeUInt32BE(lastStreamId, HEAD)
  return frame
}
