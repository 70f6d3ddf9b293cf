import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSpdyRelay } from '../../../gateway/stream/spdy/relay.ts'
import { createTunnelRelay } from '../../../gateway/stream/websocket/tunnel-relay.ts'
import { createWebSocketRelay } from '../../../gateway/stream/websocket/relay.ts'
import { cutAnywhere } from './cut-anywhere.ts'
import { anyWay } from './reused-memory/any-data.ts'
import { anyFrames, carried, carriedLength, opened, pingsOf, sentOn, spdyBytes } from './reused-memory/any-frames.ts'
import { anyCut, anyKey, framesOf, readMessages, type Written } from './reused-memory/any-messages.ts'
import { masked, relayed, repeated, same } from './reused-memory/slow-relay.ts'

const inMessages = (bytes: Buffer, sizes: readonly number[], cut: number | undefined): readonly Written[] =>
  [...cutAnywhere(bytes, repeated(sizes))].map((data) => ({ kind: 'binary', data, cut }))
const outOf = (bytes: Buffer, fromClient: boolean) =>
  carried(Buffer.concat(readMessages(bytes, fromClient).flatMap(({ kind, data }) => (kind === 'binary' ? [data] : []))))
const anyFraming = fc.record({ cut: anyCut, key: anyKey })

// No pause releases what is held back, so that the output does not depend on the speed of the machine.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

describe('every byte is relayed as if all memory was copied, although memory is used again and writes are slow', () => {
  it('over SPDY', async () => {
    const opening = await opened(['error', 'stdin', 'stdout', 'stderr'])
    await fc.assert(
      fc.asyncProperty(anyFrames([1, 5, 7]), anyFrames([3]), anyWay, async (output, input, way) => {
        const { toClient, toUpstream, recordOf } = await relayed(
          {
            opening,
            client: spdyBytes(input),
            upstream: spdyBytes(output),
            stream: 'exec',
            form: createSpdyRelay,
            whole: (received) => carried(received).length >= carriedLength(input),
          },
          way,
        )
        const [shown, done] = [carried(toClient), carried(toUpstream)]
        for (const streamId of [1, 5, 7]) same(shown.on(streamId), masked(sentOn(output, streamId)), `output ${streamId}`)
        same(recordOf('stdout'), masked(sentOn(output, 5)), 'record of stdout')
        same(recordOf('stderr'), masked(sentOn(output, 7)), 'record of stderr')
        same(done.on(3), sentOn(input, 3), 'input')
        same(recordOf('stdin'), masked(sentOn(input, 3)), 'record of stdin')
        expect([shown.pings, done.pings]).toEqual([pingsOf(output), pingsOf(input)])
      }),
      { numRuns: 60 },
    )
  })

  it('over SPDY in WebSocket', async () => {
    const opening = await opened(['error', 'data'], { port: '80', requestid: '0' })
    await fc.assert(
      fc.asyncProperty(anyFrames([1, 3]), anyFrames([3]), anyFraming, anyWay, async (output, input, { cut, key }, way) => {
        const sizes = way.cuts.toReversed().map((size) => size + 3)
        const { toClient, toUpstream } = await relayed(
          {
            opening: framesOf([{ kind: 'binary', data: opening, cut: undefined }], key),
            client: framesOf(inMessages(spdyBytes(input), sizes, cut), key),
            upstream: framesOf(inMessages(spdyBytes(output), sizes, cut), undefined),
            stream: 'portforward',
            form: (ends, context) => createWebSocketRelay(ends, context, (inner) => createTunnelRelay(inner, context)),
            whole: (received) => outOf(received, true).length >= carriedLength(input),
          },
          way,
        )
        const [shown, done] = [outOf(toClient, false), outOf(toUpstream, true)]
        same(shown.on(1), masked(sentOn(output, 1)), 'errors')
        same(shown.on(3), sentOn(output, 3), 'data')
        same(done.on(3), sentOn(input, 3), 'input')
        expect([shown.pings, done.pings]).toEqual([pingsOf(output), pingsOf(input)])
      }),
      { numRuns: 60 },
    )
  })
})
