import fc from 'fast-check'
import { dataFrames, PING, SpdyReader } from '../../../../gateway/stream/spdy/frames.ts'
import { controlFrame, SpdyWriter } from '../spdy.ts'
import { anyData } from './any-data.ts'

type Frame = { readonly streamId: number; readonly data: Buffer } | { readonly ping: Buffer }
export const anyFrames = (streamIds: readonly number[]): fc.Arbitrary<readonly Frame[]> =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ streamId: fc.constantFrom(...streamIds), data: anyData }) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((ping) => ({ ping: controlFrame(PING, Buffer.from(ping)) })) },
    ),
    { maxLength: 12 },
  )
export const spdyBytes = (frames: readonly Frame[]): Buffer =>
  Buffer.concat(frames.map((each) => ('ping' in each ? each.ping : dataFrames(each.streamId, each.data, false))))
export const sentOn = (frames: readonly Frame[], streamId: number): Buffer[] =>
  frames.flatMap((each) => ('data' in each && each.streamId === streamId ? [each.data] : []))
export const pingsOf = (frames: readonly Frame[]): string[] => frames.flatMap((each) => ('ping' in each ? [each.ping.toString('hex')] : []))

/** What SPDY bytes carry: the data of each stream, and the pings in order. */
export function carried(bytes: Buffer) {
  const items = new SpdyReader().push(Buffer.from(bytes))
  return {
    on: (streamId: number) => Buffer.concat(items.flatMap((item) => (item.kind === 'data' && item.streamId === streamId ? [item.data] : []))),
    pings: items.flatMap((item) => (item.kind === 'control' && item.type === PING ? [item.raw.toString('hex')] : [])),
    length: items.reduce((sum, item) => sum + (item.kind === 'data' ? item.data.length : item.type === PING ? 1 : 0), 0),
  }
}
export const carriedLength = (frames: readonly Frame[]): number => frames.reduce((sum, each) => sum + ('ping' in each ? 1 : each.data.length), 0)

export async function opened(types: readonly string[], headers: { readonly [name: string]: string } = {}): Promise<Buffer> {
  const writer = new SpdyWriter()
  const frames: Buffer[] = []
  for (const [at, streamtype] of types.entries()) frames.push(await writer.synStream(2 * at + 1, { streamtype, ...headers }))
  return Buffer.concat(frames)
}
