/** A client of exec, as kubectl is one, over WebSocket or SPDY: it counts the output or sends input. */
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { constants, createDeflate } from 'node:zlib'
import { dataFrames, SpdyReader, SYN_STREAM } from '../../../gateway/stream/spdy/frames.ts'
import { SPDY_DICTIONARY } from '../../../gateway/stream/spdy/dictionary.ts'
import { frameOf, MessageReader } from '../../../gateway/stream/websocket/frames.ts'

export type Transfer = {
  readonly url: string
  readonly ca: string
  readonly webSockets: boolean
  readonly path: string
  /** What is sent as input. Undefined: the output is counted. */
  readonly input?: readonly Buffer[]
}

function upgraded({ url, ca, webSockets, path }: Transfer): Promise<{ readonly socket: Duplex; readonly head: Buffer }> {
  const headers = webSockets
    ? {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Protocol': 'v5.channel.k8s.io',
      }
    : { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': 'v5.channel.k8s.io' }
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), { ca, agent: false, method: webSockets ? 'GET' : 'POST', headers })
    asking.on('upgrade', (_, socket: Duplex, head: Buffer) => resolve({ socket, head }))
    asking.on('response', ({ statusCode }) => reject(new Error(`no upgrade: ${statusCode}`)))
    asking.on('error', reject)
    asking.end()
  })
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

async function synStreams(types: readonly string[]): Promise<Buffer> {
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY })
  let parts: Buffer[] = []
  deflate.on('data', (part: Buffer) => parts.push(part))
  const frames: Buffer[] = []
  for (const [index, type] of types.entries()) {
    parts = []
    const words = ['streamtype', type].flatMap((word) => [number(word.length), Buffer.from(word)])
    deflate.write(Buffer.concat([number(1), ...words]))
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    const payload = Buffer.concat([number(2 * index + 1), number(0), Buffer.alloc(2), ...parts])
    frames.push(Buffer.from([0x80, 3, 0, SYN_STREAM]), number(payload.length), payload)
  }
  return Buffer.concat(frames)
}

async function sendAll(socket: Duplex, pieces: readonly Buffer[], encode: (piece: Buffer) => Buffer): Promise<void> {
  for (const piece of pieces) if (!socket.write(encode(piece))) await new Promise((resolve) => socket.once('drain', resolve))
}

/** Resolves with the number of bytes of output when the stream has ended. */
export async function transfer(by: Transfer): Promise<number> {
  const { socket, head } = await upgraded(by)
  let got = 0
  const messages = new MessageReader({ fromClient: false, limit: 1 << 23 })
  const frames = new SpdyReader()
  const take = (chunk: Buffer): void => {
    if (by.webSockets) for (const { kind, data } of messages.push(chunk)) got += kind === 'binary' && data[0] === 1 ? data.length - 1 : 0
    else for (const item of frames.push(chunk)) got += item.kind === 'data' && item.streamId === 3 ? item.data.length : 0
  }
  const closed = new Promise<void>((resolve) =>
    socket
      .on('data', take)
      .on('error', () => {})
      .on('end', () => socket.end())
      .on('close', resolve),
  )
  take(head)
  if (!by.webSockets) socket.write(await synStreams(['error', by.input === undefined ? 'stdout' : 'stdin']))
  if (by.input !== undefined) {
    const prefix = Buffer.from([0])
    await sendAll(socket, by.input, (data) => (by.webSockets ? frameOf({ kind: 'binary', prefix, data }, true) : dataFrames(3, data, false)))
  }
  await closed
  return got
}
