import { closingMessage, type Ends, type ChannelName, type Relaying, type RelayContext } from '../relay-port.ts'
import { dataFrames, framePieces, goAwayFrame, RST_STREAM, SpdyReader, SYN_STREAM, type ControlFrame, type DataPiece } from './frames.ts'
import { HeaderReader } from './headers.ts'
import { joined } from './joined.ts'
import { ProtocolError } from '../stream-error.ts'
import type { MaskedChannel } from '../recording/masked-channel.ts'

type Type = ChannelName | 'resize' | 'data'
type Open = { readonly type: Type; readonly channel: MaskedChannel | undefined; clientDone: boolean; upstreamDone: boolean }

const TYPES: Readonly<Record<RelayContext['stream'], ReadonlySet<string>>> = {
  exec: new Set(['error', 'stdin', 'stdout', 'stderr', 'resize']),
  attach: new Set(['error', 'stdin', 'stdout', 'stderr', 'resize']),
  portforward: new Set(['error', 'data']),
}
/** Maximum open streams. Port forwarding opens two streams for each connection. */
const MAX_STREAMS = 2048

function checkPort(said: ReadonlyMap<string, string>, { stream, ports }: RelayContext): void {
  if (stream === 'portforward' && ports?.has(Number(said.get('port'))) === false) throw new ProtocolError('a port that the request does not name')
}

/**
 * Relays SPDY/3.1. Clients open every stream and name its type in a header. Control frames pass unchanged, since both ends share the
 * compression state. Data of output streams is masked and put into new frames.
 */
export function createSpdyRelay(ends: Ends, context: RelayContext): Relaying {
  const ofClient = new SpdyReader()
  const ofUpstream = new SpdyReader()
  const headers = new HeaderReader()
  const streams = new Map<number, Open>()
  let newest = 0
  let leaving = false

  const open = async (frame: ControlFrame): Promise<void> => {
    const said = await headers.read(frame.headerBlock)
    const type = said.get('streamtype') ?? ''
    if (!TYPES[context.stream].has(type)) throw new ProtocolError('a stream of unknown type')
    checkPort(said, context)
    if (frame.streamId <= newest || frame.streamId % 2 === 0) throw new ProtocolError('a stream with a wrong number')
    if (streams.size >= MAX_STREAMS) throw new ProtocolError('too many streams')
    newest = frame.streamId
    const known = type as Type
    const channel = known === 'resize' || known === 'data' ? undefined : context.channel(known)
    streams.set(frame.streamId, { type: known, channel, clientDone: frame.fin, upstreamDone: false })
  }

  const settle = (streamId: number, stream: Open): void => {
    if (stream.clientDone && stream.upstreamDone) streams.delete(streamId)
  }

  /** Sends the held-back bytes of a stream, before the frame that ends it. */
  const release = async (streamId: number): Promise<void> => {
    const stream = streams.get(streamId)
    if (stream === undefined || stream.upstreamDone || stream.channel === undefined || stream.type === 'stdin') return
    const rest = stream.channel.end()
    if (rest.length > 0) await ends.toClient(...framePieces(streamId, [rest], false))
  }

  /** Records what the client sends. */
  const note = ({ type, channel }: Open, data: Buffer, fin: boolean): void => {
    if (type === 'resize') context.transcript.resize(data)
    if (type !== 'stdin') return
    channel?.push(data)
    if (fin) channel?.end()
  }

  const input = async ({ streamId, data, fin }: DataPiece): Promise<void> => {
    const stream = streams.get(streamId)
    if (stream === undefined) return // closed by the other side: data in flight is dropped
    note(stream, data, fin)
    stream.clientDone ||= fin
    settle(streamId, stream)
    if (data.length > 0 || fin) await ends.toUpstream(...framePieces(streamId, [data], fin))
  }

  const output = async ({ streamId, data, fin }: DataPiece): Promise<void> => {
    const stream = streams.get(streamId)
    if (stream === undefined || stream.upstreamDone) return
    if (stream.type === 'error') context.ended(data)
    const masked =
      stream.channel === undefined || stream.type === 'stdin' ? [data] : [...stream.channel.push(data), ...(fin ? [stream.channel.end()] : [])]
    stream.upstreamDone = fin
    settle(streamId, stream)
    if (fin || masked.some(({ length }) => length > 0)) await ends.toClient(...framePieces(streamId, masked, fin))
  }

  /** The number of bytes in the piece that need masking. */
  const shownOf = ({ streamId, data }: DataPiece): number => {
    if (streamId > newest) throw new ProtocolError('data on a stream that was not opened')
    const stream = streams.get(streamId)
    return stream?.channel === undefined || stream.type === 'stdin' ? 0 : data.length
  }

  const passControl = async (frame: ControlFrame): Promise<void> => {
    if (frame.type === SYN_STREAM) throw new ProtocolError('a stream that the server opens')
    if (frame.type === RST_STREAM) await release(frame.streamId)
    reset(frame)
    await ends.toClient(frame.raw)
  }

  /** Records input that was sent and that the masker holds back, whatever ended the stream. */
  const endInput = (stream: Open | undefined): void => {
    if (stream?.type === 'stdin') stream.channel?.end()
  }

  const reset = ({ type, streamId }: ControlFrame): void => {
    if (type !== RST_STREAM) return
    endInput(streams.get(streamId))
    streams.delete(streamId)
  }

  return {
    fromClient: async (bytes) => {
      for (const item of joined(ofClient.push(bytes))) {
        if (item.kind === 'data') {
          await input(item)
          continue
        }
        if (item.type === SYN_STREAM) await open(item)
        else if (item.headerBlock.length > 0) await headers.read(item.headerBlock)
        reset(item)
        await ends.toUpstream(item.raw)
      }
    },
    fromUpstream: async (bytes) => {
      for (const item of joined(ofUpstream.push(bytes))) {
        if (item.kind === 'data') await context.later(() => output(item), shownOf(item), item.data.length)
        else await context.later(() => passControl(item), 0, item.raw.length)
      }
    },
    idle: async () => {
      for (const [streamId, { channel, type, upstreamDone }] of streams) {
        const released = channel === undefined || upstreamDone ? undefined : channel.idle()
        if (released !== undefined && released.length > 0 && type !== 'stdin') await ends.toClient(dataFrames(streamId, released, false))
      }
    },
    finish: async () => {
      if (leaving) return
      leaving = true
      for (const streamId of streams.keys()) await release(streamId)
    },
    sendClosingMessage: async (message) => {
      leaving = true
      for (const [streamId, { type, upstreamDone }] of streams) {
        if (type === 'error' && !upstreamDone)
          await ends.toClient(dataFrames(streamId, closingMessage(message, context.status && context.stream !== 'portforward'), true))
      }
      for (const [streamId, { type, upstreamDone }] of streams) {
        if ((type === 'stdout' || type === 'stderr') && !upstreamDone) await ends.toClient(dataFrames(streamId, Buffer.alloc(0), true))
      }
      await ends.toClient(goAwayFrame(newest))
    },
    close: () => {
      headers.close()
      for (const stream of streams.values()) endInput(stream)
    },
  }
}
