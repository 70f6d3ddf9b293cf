import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createKnownValues } from '../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../domain/mask/masker.ts'
import { createChannelRelay } from '../../../gateway/stream/websocket/channel-relay.ts'
import type { Ends, RelayContext } from '../../../gateway/stream/relay-port.ts'
import { dataFrames, RST_STREAM, SpdyReader } from '../../../gateway/stream/spdy/frames.ts'
import { createSpdyRelay } from '../../../gateway/stream/spdy/relay.ts'
import { MaskedChannel } from '../../../gateway/stream/recording/masked-channel.ts'
import { Transcript } from '../../../gateway/stream/recording/transcript.ts'
import { createWebSocketRelay } from '../../../gateway/stream/websocket/relay.ts'
import { closeData, frameOf, MessageReader, type WebSocketMessage } from '../../../gateway/stream/websocket/frames.ts'
import { recorderTo } from '../../fakes/recorder.ts'
import { controlFrame, SpdyWriter } from './spdy.ts'

/** Tests write something behind it that is not a line feed: base64 may be wrapped there, so the line feed behind some values waits for the next byte. */
const CANARY = `c4nary-${randomBytes(18).toString('base64url')}`
const MASK = '[jit.access/masked]'

function setup(stream: RelayContext['stream'] = 'exec', ports?: readonly number[]) {
  const sent = { client: [] as Buffer[], upstream: [] as Buffer[] }
  const recorded: string[] = []
  const known = createKnownValues([{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }])
  const recorder = recorderTo((event) => {
    if (event.event === 'stream.data') recorded.push(`${event.channel}: ${event.data}`)
  })
  const transcript = new Transcript({ auditID: 'id', session: 'session' }, recorder, { nowMs: () => 0 })
  const said: string[] = []
  const context: RelayContext = {
    stream,
    ports: ports === undefined ? undefined : new Set(ports),
    transcript,
    status: true,
    later: (job) => job(),
    hide: (text) => text.replaceAll(CANARY, MASK),
    ended: (error) => void said.push(error.toString()),
    channel: (name) => new MaskedChannel(createMasker('text', { known }), name === 'error' ? undefined : { of: transcript, as: name }),
  }
  const ends: Ends = {
    toClient: (...pieces) => Promise.resolve(void sent.client.push(Buffer.concat(pieces))),
    toUpstream: (...pieces) => Promise.resolve(void sent.upstream.push(Buffer.concat(pieces))),
  }
  return { sent, recorded, context, ends, said }
}

const output = (channel: number, text: string): WebSocketMessage => ({
  kind: 'binary',
  data: Buffer.concat([Buffer.from([channel]), Buffer.from(text)]),
})

function overWebSocket(coded = false) {
  const { ends, context, ...rest } = setup()
  const relay = createWebSocketRelay(ends, context, (inner) => createChannelRelay(inner, context, coded))
  const toClient = (): readonly WebSocketMessage[] => new MessageReader({ fromClient: false, limit: 1 << 20 }).push(Buffer.concat(rest.sent.client))
  return { relay, toClient, ...rest }
}

async function overSpdy() {
  const { ends, context, sent, recorded } = setup()
  const relay = createSpdyRelay(ends, context)
  const writer = new SpdyWriter()
  for (const [at, streamtype] of ['error', 'stdin', 'stdout'].entries()) await relay.fromClient(await writer.synStream(at * 2 + 1, { streamtype }))
  const toClient = () =>
    new SpdyReader()
      .push(Buffer.concat(sent.client))
      .map((item) => (item.kind === 'data' ? `${item.streamId}${item.fin ? ' fin' : ''}: ${item.data.toString()}` : item.type))
  return { relay, toClient, sent, recorded, writer }
}

describe('port-forward', () => {
  it.each(['data', 'error'])('opens only the ports that the request names: %s', async (streamtype) => {
    const { ends, context, sent } = setup('portforward', [80, 443])
    const relay = createSpdyRelay(ends, context)
    const writer = new SpdyWriter()
    await relay.fromClient(await writer.synStream(1, { streamtype, port: '443', requestid: '0' }))
    expect(sent.upstream).toHaveLength(1)
    await expect(relay.fromClient(await writer.synStream(3, { streamtype, port: '5432', requestid: '1' }))).rejects.toThrow('a port that')
    expect(sent.upstream).toHaveLength(1)
  })
  it('opens any port if the request names none', async () => {
    const { ends, context, sent } = setup('portforward')
    await createSpdyRelay(ends, context).fromClient(await new SpdyWriter().synStream(1, { streamtype: 'data', port: '5432', requestid: '0' }))
    expect(sent.upstream).toHaveLength(1)
  })
})

describe('exec over WebSocket', () => {
  it('joins only consecutive messages of one channel, up to the usual message size', async () => {
    const { relay, toClient } = overWebSocket()
    const large = 'x'.repeat(20_000)
    const messages = [output(1, ''), output(1, 'a'), output(1, 'b'), output(2, 'z'), output(1, 'd'), output(1, large), output(1, large)]
    const [ping, status] = [{ kind: 'ping', data: Buffer.from('here') } as const, output(3, '{"status":')]
    const sent = [...messages, ping, output(1, 'e'), status, output(3, '"Success"}')]
    await relay.fromUpstream(Buffer.concat(sent.map((message) => frameOf(message, false))))
    const [, ...others] = [output(1, ''), output(1, 'ab'), output(2, 'z'), output(1, `d${large}`), output(1, large), ping, output(1, 'e')]
    expect(toClient()).toEqual([output(1, ''), ...others, status, output(3, '"Success"}')])
  })

  it('masks a value that arrives in pieces, separately on each channel, and records what it shows', async () => {
    const { relay, toClient, recorded } = overWebSocket()
    await relay.fromUpstream(frameOf(output(1, `a ${CANARY.slice(0, 9)}`), false))
    await relay.fromUpstream(frameOf(output(2, 'between'), false))
    await relay.fromUpstream(frameOf(output(1, `${CANARY.slice(9)} b`), false))
    expect(toClient()).toEqual([output(1, 'a '), output(2, 'between'), output(1, `${MASK} b`)])
    expect(recorded).toEqual(['stdout: a ', 'stderr: between', `stdout: ${MASK} b`])
  })

  it('sends held-back bytes before the close frame, and keeps its code and reason', async () => {
    const { relay, toClient } = overWebSocket()
    await relay.fromUpstream(frameOf(output(1, `tail ${CANARY.slice(0, 5)}`), false))
    await relay.fromUpstream(frameOf({ kind: 'close', data: closeData(1011, 'gone') }, false))
    expect(toClient()).toEqual([output(1, 'tail '), output(1, CANARY.slice(0, 5)), { kind: 'close', data: closeData(1011, 'gone') }])
  })

  it('passes the exit status unchanged', async () => {
    const { relay, toClient, said } = overWebSocket()
    const status = '{"metadata":{},"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}'
    await relay.fromUpstream(frameOf(output(3, status), false))
    expect(toClient()).toEqual([output(3, status)])
    expect(said).toEqual([status])
  })

  it('masks the decoded data of base64 channels', async () => {
    const { relay, toClient } = overWebSocket(true)
    await relay.fromUpstream(frameOf({ kind: 'text', data: Buffer.from(`1${Buffer.from(`x${CANARY};\n`).toString('base64')}`) }, false))
    expect(toClient()).toEqual([{ kind: 'text', data: Buffer.from(`1${Buffer.from(`x${MASK};\n`).toString('base64')}`) }])
  })

  it('passes stdin and its close unchanged, and records stdin masked', async () => {
    const { relay, sent, recorded } = overWebSocket()
    const messages = [output(0, `echo ${CANARY};\n`), output(255, '\0'), output(4, '{"Width":80,"Height":24}')]
    for (const message of messages) await relay.fromClient(frameOf(message, true))
    expect(new MessageReader({ fromClient: true, limit: 1 << 20 }).push(Buffer.concat(sent.upstream))).toEqual(messages)
    expect(recorded).toEqual([`stdin: echo ${MASK};\n`, 'resize: 80x24'])
  })

  it('records stdin that was sent and held back, whatever ended the stream', async () => {
    const { relay, sent, recorded } = overWebSocket()
    await relay.fromClient(frameOf(output(0, `ls ${CANARY.slice(0, 9)}`), true))
    expect(sent.upstream).toHaveLength(1)
    relay.close()
    await nextTurn()
    expect(recorded.join('')).toBe(`stdin: ls stdin: ${CANARY.slice(0, 9)}`)
  })

  it('refuses output on an unknown channel', async () => {
    const { relay } = overWebSocket()
    await expect(relay.fromUpstream(frameOf(output(7, CANARY), false))).rejects.toThrow('an unknown channel')
  })

  it('sends the reason on the error channel, then closes with code 1000 so that kubectl shows it', async () => {
    const { relay, toClient } = overWebSocket()
    await relay.sendClosingMessage('revoked')
    expect(toClient()).toEqual([
      output(3, '{"metadata":{},"status":"Failure","message":"revoked","reason":"Forbidden","code":403}'),
      { kind: 'close', data: closeData(1000, 'revoked') },
    ])
  })
})

/** Three frames of one byte each. */
const threeFrames = (streamId: number): Buffer => Buffer.concat(['x', 'y', 'z'].map((text) => dataFrames(streamId, Buffer.from(text), false)))

describe('exec over SPDY', () => {
  it('passes the frames of the client byte for byte', async () => {
    const { relay, sent, writer } = await overSpdy()
    const before = Buffer.concat(sent.upstream).length
    const frames = [
      await writer.synStream(7, { streamtype: 'resize' }),
      dataFrames(3, Buffer.from('ls\n'), false),
      dataFrames(3, Buffer.alloc(0), true),
    ]
    await relay.fromClient(Buffer.concat(frames))
    expect(Buffer.concat(sent.upstream).subarray(before)).toEqual(Buffer.concat(frames))
  })

  it('joins data that arrives together, in both directions', async () => {
    const { relay, toClient, sent } = await overSpdy()
    const before = Buffer.concat(sent.upstream).length
    await relay.fromUpstream(threeFrames(5))
    await relay.fromClient(threeFrames(3))
    expect(toClient()).toEqual(['5: xyz'])
    expect(Buffer.concat(sent.upstream).subarray(before)).toEqual(dataFrames(3, Buffer.from('xyz'), false))
  })

  it('masks a value across frames, and sends the rest at the end of the stream', async () => {
    const { relay, toClient, recorded } = await overSpdy()
    await relay.fromUpstream(dataFrames(5, Buffer.from(`a ${CANARY.slice(0, 12)}`), false))
    await relay.fromUpstream(dataFrames(5, Buffer.from(`${CANARY.slice(12)} b${CANARY.slice(0, 3)}`), true))
    expect(toClient()).toEqual(['5: a ', `5 fin: ${MASK} b${CANARY.slice(0, 3)}`])
    expect(recorded).toEqual(['stdout: a ', `stdout: ${MASK} b`, `stdout: ${CANARY.slice(0, 3)}`])
  })

  it.each(['its own reset', 'anything else'])('records stdin that was sent and held back, also if %s ended the stream', async (cause) => {
    const { relay, recorded } = await overSpdy()
    await relay.fromClient(dataFrames(3, Buffer.from(`ls ${CANARY.slice(0, 9)}`), false))
    if (cause === 'its own reset') await relay.fromClient(controlFrame(RST_STREAM, Buffer.from([0, 0, 0, 3, 0, 0, 0, 5])))
    else relay.close()
    await nextTurn()
    expect(recorded.join('')).toBe(`stdin: ls stdin: ${CANARY.slice(0, 9)}`)
  })

  it('sends held-back bytes before a reset', async () => {
    const { relay, toClient } = await overSpdy()
    await relay.fromUpstream(dataFrames(5, Buffer.from(CANARY.slice(0, 5)), false))
    await relay.fromUpstream(controlFrame(RST_STREAM, Buffer.from([0, 0, 0, 5, 0, 0, 0, 5])))
    expect(toClient()).toEqual([`5: ${CANARY.slice(0, 5)}`, RST_STREAM])
  })

  it('refuses streams of unknown types, streams that the server opens, and data on streams that were not opened', async () => {
    const { relay, writer } = await overSpdy()
    await expect(relay.fromUpstream(dataFrames(9, Buffer.from('x'), false))).rejects.toThrow('was not opened')
    await expect(relay.fromUpstream(await new SpdyWriter().synStream(2, { streamtype: 'stdout' }))).rejects.toThrow('the server opens')
    await expect(relay.fromClient(await writer.synStream(7, { streamtype: 'data' }))).rejects.toThrow('unknown type')
  })
})
