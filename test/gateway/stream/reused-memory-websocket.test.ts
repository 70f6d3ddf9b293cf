import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPortRelay } from '../../../gateway/stream/port-forward-relay.ts'
import { createChannelRelay } from '../../../gateway/stream/websocket/channel-relay.ts'
import { createWebSocketRelay } from '../../../gateway/stream/websocket/relay.ts'
import { anyWay } from './reused-memory/any-data.ts'
import { anyKey, anyMessages, channelData, framesOf, pings, readMessages, seen, sizeOf, unfragmented } from './reused-memory/any-messages.ts'
import { masked, relayed, same } from './reused-memory/slow-relay.ts'

// No pause releases what is held back, so that the output does not depend on the speed of the machine.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

describe('every byte is relayed as if all memory was copied, although memory is used again and writes are slow', () => {
  it.each([
    ['channels', false],
    ['base64 channels', true],
  ])('over WebSocket with %s', async (_, coded) => {
    await fc.assert(
      fc.asyncProperty(
        anyMessages([1, 2, 3], coded),
        anyMessages(coded ? [0] : [0, 4, 255], coded),
        anyKey,
        anyWay,
        async (output, input, key, way) => {
          const { toClient, toUpstream, recordOf, errors } = await relayed(
            {
              client: framesOf(input, key),
              upstream: framesOf(output, undefined),
              stream: 'exec',
              form: (ends, context) => createWebSocketRelay(ends, context, (inner) => createChannelRelay(inner, context, coded)),
              whole: (received) => sizeOf(readMessages(received, true), coded) >= sizeOf(seen(input), coded),
            },
            way,
          )
          const [shown, done] = [readMessages(toClient, false), readMessages(toUpstream, true)]
          for (const [channel, name] of [
            [1, 'stdout'],
            [2, 'stderr'],
          ] as const) {
            const expected = masked(channelData(seen(output), channel, coded))
            same(Buffer.concat(channelData(shown, channel, coded)), expected, name)
            same(recordOf(name), expected, `record of ${name}`)
          }
          const status = channelData(seen(output), 3, coded)
          expect(errors).toEqual(status.map((each) => each.toString('latin1')))
          expect(channelData(shown, 3, coded).map(String)).toEqual(status.map(String))
          expect(pings(shown)).toEqual(pings(seen(output)))
          for (const channel of [0, 4, 255])
            same(Buffer.concat(channelData(done, channel, coded)), channelData(seen(input), channel, coded), `input ${channel}`)
          expect(pings(done)).toEqual(pings(seen(input)))
          same(recordOf('stdin'), masked(channelData(seen(input), 0, coded)), 'record of stdin')
        },
      ),
      { numRuns: 60 },
    )
  })

  it('over WebSocket with ports', async () => {
    const messages = anyMessages([0, 1], false)
    await fc.assert(
      fc.asyncProperty(messages, messages, anyKey, anyWay, async (output, input, key, way) => {
        const { toClient, toUpstream } = await relayed(
          {
            client: framesOf(input, key),
            upstream: framesOf(output, undefined),
            stream: 'portforward',
            form: (ends, context) => createWebSocketRelay(ends, context, (inner) => createPortRelay(inner, context.later)),
            whole: (received) => readMessages(received, true).length >= seen(input).length,
          },
          way,
        )
        same(toClient, framesOf(unfragmented(output), undefined), 'output')
        expect(readMessages(toUpstream, true)).toEqual(seen(input))
      }),
      { numRuns: 60 },
    )
  })
})
