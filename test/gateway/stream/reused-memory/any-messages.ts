import fc from 'fast-check'
import { MessageReader, type WebSocketMessageKind } from '../../../../gateway/stream/websocket/frames.ts'
import { anyData } from './any-data.ts'

const OPCODES = { text: 1, binary: 2, ping: 9 } as const

/** One frame, byte by byte. */
function frame(opcode: number, fin: boolean, data: Buffer, key: Buffer | undefined): Buffer {
  const mask = key === undefined ? 0 : 0x80
  const head = [(fin ? 0x80 : 0) | opcode]
  if (data.length < 126) head.push(mask | data.length)
  else if (data.length < 65_536) head.push(mask | 126, data.length >> 8, data.length & 0xff)
  else head.push(mask | 127, 0, 0, 0, 0, 0, data.length >> 16, (data.length >> 8) & 0xff, data.length & 0xff)
  if (key === undefined) return Buffer.concat([Buffer.from(head), data])
  return Buffer.concat([Buffer.from(head), key, Buffer.from(data.map((byte, at) => byte ^ (key[at & 3] as number)))])
}

type Message = { readonly kind: 'text' | 'binary' | 'ping'; readonly data: Buffer }
/** `cut`: where a message is fragmented, with a ping between the fragments. */
export type Written = Message & { readonly cut: number | undefined }

const BETWEEN = Buffer.from('between')
/** The messages as a receiver sees them. */
export const seen = (all: readonly Written[]): readonly Message[] =>
  all.flatMap(({ kind, data, cut }) => [...(cut === undefined || kind === 'ping' ? [] : [{ kind: 'ping' as const, data: BETWEEN }]), { kind, data }])

export function framesOf(all: readonly Written[], key: Buffer | undefined): Buffer {
  return Buffer.concat(
    all.flatMap(({ kind, data, cut }) => {
      if (cut === undefined || kind === 'ping') return [frame(OPCODES[kind], true, data, key)]
      const at = Math.min(cut, data.length)
      return [frame(OPCODES[kind], false, data.subarray(0, at), key), frame(9, true, BETWEEN, key), frame(0, true, data.subarray(at), key)]
    }),
  )
}

export const readMessages = (bytes: Buffer, fromClient: boolean): readonly { readonly kind: WebSocketMessageKind; readonly data: Buffer }[] =>
  new MessageReader({ fromClient, limit: 1 << 22 }).push(Buffer.from(bytes))

export const anyKey = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes))
export const anyCut = fc.option(fc.nat(20_000), { nil: undefined, freq: 3 })
const anyPing = fc.uint8Array({ maxLength: 125 }).map((bytes) => ({ kind: 'ping' as const, data: Buffer.from(bytes), cut: undefined }))

/** Messages of channels. */
export const anyMessages = (channels: readonly number[], coded: boolean): fc.Arbitrary<readonly Written[]> => {
  const message = fc.tuple(fc.constantFrom(...channels), anyData, anyCut).map(([channel, data, cut]): Written => {
    if (!coded) return { kind: 'binary', data: Buffer.concat([Buffer.from([channel]), data]), cut }
    return { kind: 'text', data: Buffer.from(`${channel}${data.toString('base64')}`), cut }
  })
  return fc.array(fc.oneof({ weight: 5, arbitrary: message }, anyPing), { maxLength: 12 })
}

const channelIn = ({ data }: { readonly data: Buffer }, coded: boolean): number => (data[0] ?? 0) - (coded ? 48 : 0)
const bodyOf = ({ data }: { readonly data: Buffer }, coded: boolean): Buffer =>
  coded ? Buffer.from(data.toString('latin1', 1), 'base64') : Buffer.from(data.subarray(1))
/** The data of one channel, without the boundaries of messages. */
export const channelData = (
  all: readonly { readonly kind: WebSocketMessageKind; readonly data: Buffer }[],
  channel: number,
  coded = false,
): Buffer[] => all.filter((each) => each.kind !== 'ping' && channelIn(each, coded) === channel).map((each) => bodyOf(each, coded))
export const pings = (all: readonly { readonly kind: WebSocketMessageKind; readonly data: Buffer }[]): string[] =>
  all.filter(({ kind }) => kind === 'ping').map(({ data }) => data.toString('hex'))

/** Bytes and pings. */
export function sizeOf(all: readonly { readonly kind: WebSocketMessageKind; readonly data: Buffer }[], coded: boolean): number {
  return all.reduce((sum, each) => sum + (each.kind === 'ping' ? 1 : bodyOf(each, coded).length), 0)
}

export const unfragmented = (all: readonly Written[]): readonly Written[] => seen(all).map((each) => ({ ...each, cut: undefined }))
