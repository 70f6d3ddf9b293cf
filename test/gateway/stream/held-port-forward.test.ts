import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { CatchUp } from '../../../gateway/catch-up/catch-up.ts'
import { DelayLine } from '../../../gateway/catch-up/delay-line.ts'
import { createKnownValues } from '../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../domain/mask/masker.ts'
import type { Ends, Later, RelayContext, Relaying } from '../../../gateway/stream/relay-port.ts'
import { MaskedChannel } from '../../../gateway/stream/recording/masked-channel.ts'
import { Transcript } from '../../../gateway/stream/recording/transcript.ts'
import { createPortRelay } from '../../../gateway/stream/port-forward-relay.ts'
import { dataFrames } from '../../../gateway/stream/spdy/frames.ts'
import { createSpdyRelay } from '../../../gateway/stream/spdy/relay.ts'
import { frameOf } from '../../../gateway/stream/websocket/frames.ts'
import { createWebSocketRelay } from '../../../gateway/stream/websocket/relay.ts'
import { recorderTo } from '../../fakes/recorder.ts'
import { SpdyWriter } from './spdy.ts'

const BYTES = 100_000
const COUNT = 20

/** Waits for Secrets that do not become known, behind which everything else waits too. */
function heldLine(): { readonly later: Later; readonly held: () => number } {
  let held = 0
  const room = { take: (bytes: number) => void (held += bytes), give: (bytes: number) => void (held -= bytes), left: true }
  const never = new Promise<void>(() => {})
  const catchUp: CatchUp = { caughtUp: () => never }
  const line = new DelayLine({ catchUp, room, onFailed: () => undefined })
  return { later: (...job) => line.add(...job), held: () => held }
}

function contextOf(later: Later): RelayContext {
  const transcript = new Transcript(
    { auditID: 'id', session: 'session' },
    recorderTo(() => {}),
    { nowMs: () => 0 },
  )
  const known = createKnownValues([])
  const channel = () => new MaskedChannel(createMasker('text', { known }), undefined)
  return { stream: 'portforward', ports: undefined, transcript, status: true, later, hide: (text) => text, ended: () => {}, channel }
}

const ENDS: Ends = { toClient: () => Promise.resolve(), toUpstream: () => Promise.resolve() }
const BLOCK = Buffer.alloc(BYTES, 1)

/** Waits no longer than until the relay has queued what it got: it may pause there. */
async function send(relay: Relaying, bytes: Buffer): Promise<void> {
  relay.fromUpstream(bytes).catch(() => {})
  await nextTurn()
}

it('port-forward data that waits behind an error is counted by its bytes, over SPDY', async () => {
  const { later, held } = heldLine()
  const relay = createSpdyRelay(ENDS, contextOf(later))
  const writer = new SpdyWriter()
  for (const [at, streamtype] of ['error', 'data'].entries())
    await relay.fromClient(await writer.synStream(at * 2 + 1, { streamtype, port: '80', requestid: '0' }))
  await send(relay, dataFrames(1, Buffer.from('it failed'), false))
  for (let at = 0; at < COUNT; at += 1) await send(relay, dataFrames(3, BLOCK, false))
  expect(held()).toBeGreaterThan(BYTES * COUNT)
})

it('messages of port-forward that wait behind others are counted by their bytes, over WebSocket', async () => {
  const { later, held } = heldLine()
  const relay = createWebSocketRelay(ENDS, contextOf(later), (inner) => createPortRelay(inner, later))
  later(() => Promise.resolve(), 1).catch(() => {})
  for (let at = 0; at < COUNT; at += 1) await send(relay, frameOf({ kind: 'binary', data: BLOCK }, false))
  expect(held()).toBeGreaterThan(BYTES * COUNT)
})
