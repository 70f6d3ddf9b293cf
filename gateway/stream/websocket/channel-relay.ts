import type { WebSocketMessage } from './frames.ts'
import { closingMessage, type ChannelName, type RelayContext } from '../relay-port.ts'
import { areNeighbours, joinedBytes } from '../joined-bytes.ts'
import { ProtocolError } from '../stream-error.ts'
import type { MaskedChannel } from '../recording/masked-channel.ts'
import type { MessageEnds, MessageRelaying } from './relay.ts'

/** Channel numbers of remotecommand over WebSocket: k8s.io/apimachinery/pkg/util/remotecommand. */
const STDIN = 0
const ERROR = 3
const RESIZE = 4
/** Since v5: closes the channel whose number follows for writing. */
const CLOSE = 255
const OUTPUT: ReadonlyMap<number, ChannelName> = new Map([
  [1, 'stdout'],
  [2, 'stderr'],
  [ERROR, 'error'],
])

const nothing: Buffer = Buffer.alloc(0)

type Codec = {
  decode(message: WebSocketMessage): { readonly channel: number; readonly data: Buffer } | undefined
  encode(channel: number, ...data: readonly Buffer[]): WebSocketMessage
}

/** Prefix bytes, allocated once for each known channel. */
const PREFIXES: readonly Buffer[] = Array.from({ length: RESIZE + 1 }, (_, channel) => Buffer.from([channel]))

const binary: Codec = {
  decode: ({ data }) => (data.length === 0 ? undefined : { channel: data[0] as number, data: data.subarray(1) }),
  encode: (channel, data = nothing, ...more) => ({ kind: 'binary', prefix: PREFIXES[channel] ?? Buffer.from([channel]), data, more }),
}
/** Encodes the channel as a digit and the data as base64. */
const base64: Codec = {
  decode: ({ data }) => {
    if (data.length === 0) return undefined
    const text = data.toString('latin1', 1)
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new ProtocolError('a message that is not base64')
    return { channel: (data[0] as number) - 48, data: Buffer.from(text, 'base64') }
  },
  encode: (channel, ...data) => ({ kind: 'text', data: Buffer.from(`${channel}${Buffer.concat(data).toString('base64')}`) }),
}

/** Channels that carry a byte stream, without message boundaries. */
const JOINED: ReadonlySet<number | undefined> = new Set([STDIN, 1, 2])
/** Large enough to make the overhead of each message negligible, and not larger than the buffers of clients. */
const MAX_JOINED_LENGTH = 32 * 1024

const isBytes = ({ kind, data }: WebSocketMessage): boolean => kind === 'binary' && data.length > 1 && JOINED.has(data[0])

/** A message that two reads cut has memory of its own. Joining it with others would copy them. */
const goesOn = (last: WebSocketMessage, message: WebSocketMessage): boolean =>
  isBytes(last) && isBytes(message) && last.data[0] === message.data[0] && areNeighbours(last.data, message.data)

/**
 * Joins consecutive messages of the same byte-stream channel. kube-apiserver sends output in pieces of 2 to 4 KB, and each costs as much as
 * a large one. Empty messages and messages of the error channel have a meaning of their own and are not joined.
 */
export function joined(messages: readonly WebSocketMessage[]): readonly WebSocketMessage[] {
  const groups: WebSocketMessage[][] = []
  let length = 0
  for (const message of messages) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (last !== undefined && goesOn(last, message) && length + message.data.length <= MAX_JOINED_LENGTH) group?.push(message)
    else {
      groups.push([message])
      length = 0
    }
    length += message.data.length
  }
  return groups.map(([first, ...rest]) =>
    rest.length === 0
      ? (first as WebSocketMessage)
      : { kind: 'binary', data: joinedBytes([(first as WebSocketMessage).data, ...rest.map(({ data }) => data.subarray(1))]) },
  )
}

/** Relays exec and attach over WebSocket. Each channel is masked and recorded separately. */
export function createChannelRelay(ends: MessageEnds, context: RelayContext, coded: boolean): MessageRelaying {
  const codec = coded ? base64 : binary
  const outputs = new Map<number, MaskedChannel>([...OUTPUT].map(([id, name]) => [id, context.channel(name)]))
  const stdin = context.channel('stdin')
  const show = async (channel: number, ...data: readonly Buffer[]): Promise<void> => {
    if (data.some(({ length }) => length > 0)) await ends.toClient(codec.encode(channel, ...data))
  }
  const idle = async (): Promise<void> => {
    for (const [id, output] of outputs) await show(id, output.idle())
  }

  /**
   * Sends the error channel as one message, since libraries parse a Status as one. Clients may stop reading after it, so held-back output
   * goes first.
   */
  const fail = async (data: Buffer): Promise<void> => {
    await idle()
    context.ended(data)
    await ends.toClient(codec.encode(ERROR, data.length === 0 ? data : Buffer.from(context.hide(data.toString('utf8')))))
  }

  const pass = async (message: WebSocketMessage): Promise<void> => {
    const read = codec.decode(message)
    if (read === undefined) return
    if (read.channel === CLOSE) {
      const closed = read.data[0] ?? 0
      const output = outputs.get(closed)
      if (output !== undefined) await show(closed, output.end())
      return ends.toClient(message)
    }
    const output = outputs.get(read.channel)
    if (output === undefined) throw new ProtocolError('output on an unknown channel')
    if (read.channel === ERROR) return fail(read.data)
    const masked = output.push(read.data)
    // The server starts with an empty message on each channel, and clients wait for it.
    if (read.data.length === 0) await ends.toClient(message)
    else await show(read.channel, ...masked)
  }

  return {
    ...(coded ? {} : { join: joined }),
    fromClient: async (message) => {
      const read = codec.decode(message)
      // The kubelet discards what a client writes on read-only channels.
      if (read === undefined || (read.channel !== STDIN && read.channel !== RESIZE && read.channel !== CLOSE)) return
      if (read.channel === STDIN) stdin.push(read.data)
      if (read.channel === RESIZE) context.transcript.resize(read.data)
      await ends.toUpstream(message)
    },
    // The first message of each channel is empty, and clients wait for it.
    fromUpstream: (message) => context.later(() => pass(message), message.data.length > 1 ? message.data.length : 0),
    idle: async () => {
      await idle()
      stdin.idle()
    },
    finish: async () => {
      for (const [id, output] of outputs) await show(id, output.end())
    },
    sendClosingMessage: (message) => ends.toClient(codec.encode(ERROR, closingMessage(message, context.status))),
    // Records input that was sent and that the masker holds back, whatever ended the stream.
    close: () => void stdin.end(),
  }
}
