import { randomBytes } from 'node:crypto'
import { ByteQueue } from '../byte-queue.ts'
import { ProtocolError } from '../stream-error.ts'

/**
 * WebSocket framing (RFC 6455 §5) for both roles, without extensions. Does not use `ws`, since it refuses the subprotocol
 * `SPDY/3.1+portforward.k8s.io` of kubectl: `/` is not a token character. Text is NOT checked to be UTF-8.
 */
export type WebSocketMessageKind = 'text' | 'binary' | 'close' | 'ping' | 'pong'
/** The data of a message that was read is `data`. To write, `prefix` and `more` are bytes before and after it, which spares a copy of the data. */
export type WebSocketMessage = {
  readonly kind: WebSocketMessageKind
  readonly prefix?: Buffer
  readonly data: Buffer
  readonly more?: readonly Buffer[]
}

const OPCODE: Readonly<Record<WebSocketMessageKind, number>> = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 }
const KIND: ReadonlyMap<number, WebSocketMessageKind> = new Map(
  Object.entries(OPCODE).map(([kind, opcode]) => [opcode, kind as WebSocketMessageKind]),
)
const CONTINUATION = 0
const nothing: Buffer = Buffer.alloc(0)
const none = new Uint32Array(0)
/** Shorter data is unmasked byte by byte. */
const SHORT = 16
const FIN = 0x80
const MASKED = 0x80
const CONTROL_LIMIT = 125
/** The memory that a fragment costs besides its data. Counted, so that the number of empty fragments is bounded too. */
const FRAGMENT_COST = 64

type Header = { readonly fin: boolean; readonly opcode: number; readonly key: Buffer | undefined; readonly length: number }

type HeaderSize = { readonly head: 2; readonly wide: 0 | 2 | 8; readonly key: 0 | 4 }

/** The size of a frame header, from its first two bytes. */
function headerSize(start: Buffer, fromClient: boolean): HeaderSize {
  const [first, second] = [start[0] as number, start[1] as number]
  if ((first & 0x70) !== 0) throw new ProtocolError('a frame with reserved bits')
  const masked = (second & MASKED) !== 0
  if (masked !== fromClient) throw new ProtocolError(masked ? 'a masked frame of a server' : 'an unmasked frame of a client')
  const short = second & 0x7f
  return { head: 2, wide: short === 126 ? 2 : short === 127 ? 8 : 0, key: masked ? 4 : 0 }
}

function lengthIn(header: Buffer, wide: HeaderSize['wide']): number {
  if (wide === 0) return (header[1] as number) & 0x7f
  return wide === 2 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2))
}

function checkControl({ fin, opcode, length }: Header): void {
  if (!KIND.has(opcode)) throw new ProtocolError('a frame of unknown kind')
  if (!fin || length > CONTROL_LIMIT) throw new ProtocolError('a control frame that is fragmented or too long')
}

/** Parses messages from a byte stream that may be split anywhere. */
export class MessageReader {
  readonly #queue = new ByteQueue()
  readonly #fromClient: boolean
  readonly #limit: number
  #header: Header | undefined
  #started: { readonly kind: WebSocketMessageKind; readonly parts: Buffer[]; cost: number } | undefined

  /** `limit`: maximum bytes of one message. Refuses unmasked frames of clients and masked frames of servers. */
  constructor(options: { readonly fromClient: boolean; readonly limit: number }) {
    this.#fromClient = options.fromClient
    this.#limit = options.limit
  }

  /** Owns the memory of the chunk from then on: it unmasks in place. @throws ProtocolError; the reader cannot be used afterwards */
  push(chunk: Buffer): readonly WebSocketMessage[] {
    this.#queue.add(chunk)
    const messages: WebSocketMessage[] = []
    for (;;) {
      this.#header ??= this.#readHeader()
      if (this.#header === undefined) return messages
      const payload = this.#queue.take(this.#header.length)
      if (payload === undefined) return messages
      const message = this.#accept(this.#header, payload)
      this.#header = undefined
      if (message !== undefined) messages.push(message)
    }
  }

  #readHeader(): Header | undefined {
    const start = this.#queue.peek(2)
    if (start === undefined) return undefined
    const size = headerSize(start, this.#fromClient)
    const bytes = this.#queue.take(size.head + size.wide + size.key)
    if (bytes === undefined) return undefined
    const header: Header = {
      fin: ((bytes[0] as number) & FIN) !== 0,
      opcode: (bytes[0] as number) & 0x0f,
      length: lengthIn(bytes, size.wide),
      key: size.key === 0 ? undefined : Buffer.from(bytes.subarray(size.head + size.wide)),
    }
    if (header.opcode >= 8) checkControl(header)
    else this.#checkData(header)
    return header
  }

  #checkData({ opcode, length }: Header): void {
    const continues = opcode === CONTINUATION
    if (continues !== (this.#started !== undefined)) throw new ProtocolError('fragments out of order')
    if (!continues && !KIND.has(opcode)) throw new ProtocolError('a frame of unknown kind')
    if ((this.#started?.cost ?? 0) + length + FRAGMENT_COST > this.#limit) throw new ProtocolError('a message that is too long', 1009)
  }

  #accept({ fin, opcode, key }: Header, payload: Buffer): WebSocketMessage | undefined {
    const data = key === undefined ? payload : mask(payload, key)
    if (opcode >= 8) return { kind: KIND.get(opcode) as WebSocketMessageKind, data }
    this.#started ??= { kind: KIND.get(opcode) as WebSocketMessageKind, parts: [], cost: 0 }
    const { kind, parts } = this.#started
    // Copied, so that a short fragment does not keep the memory of a whole read alive: the limit counts only its bytes.
    parts.push(fin ? data : Buffer.from(data))
    this.#started.cost += data.length + FRAGMENT_COST
    if (!fin) return undefined
    this.#started = undefined
    return { kind, data: parts.length === 1 ? data : Buffer.concat(parts) }
  }
}

/** XORs with the repeated key, in place; applying it twice restores the bytes. */
function mask(bytes: Buffer, key: Buffer): Buffer {
  // Bytes before the first whole word.
  const aligned = bytes.length < SHORT ? bytes.length : -bytes.byteOffset & 3
  const words = aligned === bytes.length ? none : new Uint32Array(bytes.buffer, bytes.byteOffset + aligned, (bytes.length - aligned) >>> 2)
  const [word = 0] = new Uint32Array(Uint8Array.from(key, (_, at) => key[(at + aligned) & 3] as number).buffer)
  for (let at = 0; at < aligned; at++) bytes[at] = (bytes[at] as number) ^ (key[at & 3] as number)
  for (let at = 0; at < words.length; at++) words[at] = (words[at] as number) ^ word
  for (let at = aligned + words.length * 4; at < bytes.length; at++) bytes[at] = (bytes[at] as number) ^ (key[at & 3] as number)
  return bytes
}

/** Encodes a message as one frame, in pieces that share memory with the message. */
export function framePieces({ kind, prefix = nothing, data, more = [] }: WebSocketMessage): readonly Buffer[] {
  const length = more.reduce((sum, each) => sum + each.length, prefix.length + data.length)
  const head = headOf(kind, length, false)
  return [prefix.length === 0 ? head : Buffer.concat([head, prefix]), data, ...more]
}

/** Encodes a message as one frame. `masked` is for the client role. */
export function frameOf(message: WebSocketMessage, masked: boolean): Buffer {
  if (!masked) return Buffer.concat(framePieces(message))
  const { kind, prefix = nothing, data, more = [] } = message
  const parts = [prefix, data, ...more]
  const length = parts.reduce((sum, each) => sum + each.length, 0)
  const head = headOf(kind, length, true)
  const key = randomBytes(4)
  const begin = head.length + key.length
  const memory = Buffer.allocUnsafeSlow(begin + length)
  let at = 0
  for (const part of [head, key, ...parts]) at += part.copy(memory, at)
  mask(memory.subarray(begin), key)
  return memory
}

function headOf(kind: WebSocketMessageKind, length: number, masked: boolean): Buffer {
  const wide = length < 126 ? 0 : length < 65536 ? 2 : 8
  const head = Buffer.alloc(2 + wide)
  head[0] = FIN | OPCODE[kind]
  head[1] = (masked ? MASKED : 0) | (wide === 0 ? length : wide === 2 ? 126 : 127)
  if (wide === 2) head.writeUInt16BE(length, 2)
  if (wide === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** The payload of a close frame: a code, and a reason that is cut to fit. */
export function closeData(code: number, reason: string): Buffer {
  const text = Buffer.from(reason)
  const room = CONTROL_LIMIT - 2
  let end = Math.min(text.length, room)
  while (end < text.length && end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--
  const data = Buffer.alloc(2 + end)
  data.writeUInt16BE(code, 0)
  text.copy(data, 2, 0, end)
  return data
}
