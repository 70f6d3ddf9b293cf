/**
 * A stand-in for kube-apiserver that runs no command: it sends output, or reads input, of the path `/exec/<out|in>/<text|random|zeros>/<megabytes>/<piece>`.
 * It exits when its standard input closes.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { Duplex } from 'node:stream'
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { acceptOf } from '../../../gateway/stream/protocols.ts'
import { frameOf, MessageReader } from '../../../gateway/stream/websocket/frames.ts'
import { dataFrames, SpdyReader, SYN_STREAM } from '../../../gateway/stream/spdy/frames.ts'
import { logText, secrets } from '../mask/generated-input.ts'

const { values } = parseArgs({ options: { cert: { type: 'string' }, key: { type: 'string' } } })
const SAMPLE = 4_000_000
const SAMPLES: Readonly<Record<string, Buffer>> = {
  text: logText(SAMPLE, secrets(1), 0),
  random: randomBytes(SAMPLE),
  zeros: Buffer.alloc(SAMPLE),
}
const SUCCESS = Buffer.from('{"metadata":{},"status":"Success"}')
const STDOUT = 1
const ERROR = 3

type Asked = { readonly out: boolean; readonly sample: Buffer; readonly bytes: number; readonly piece: number }

function read(url: string): Asked {
  const [, , direction, sample = '', megabytes, piece] = new URL(url, 'http://bench').pathname.split('/')
  return { out: direction === 'out', sample: SAMPLES[sample] ?? Buffer.alloc(0), bytes: Number(megabytes) * 1e6, piece: Number(piece) }
}

function* pieces({ sample, bytes, piece }: Asked): Generator<Buffer> {
  for (let sent = 0, at = 0; sent < bytes; sent += piece, at = at + 2 * piece > sample.length ? 0 : at + piece) yield sample.subarray(at, at + piece)
}

const write = (socket: Duplex, bytes: Buffer): Promise<void> | undefined => {
  if (socket.write(bytes)) return undefined
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go)
      resolve()
    }
    socket.on('drain', go).on('close', go)
  })
}

const message = (channel: number, data: Buffer): Buffer => frameOf({ kind: 'binary', prefix: Buffer.from([channel]), data }, false)

async function overWebSocket(socket: Duplex, asked: Asked): Promise<void> {
  const reader = new MessageReader({ fromClient: true, limit: 1 << 23 })
  let got = 0
  const finish = (): void => {
    socket.write(message(ERROR, SUCCESS))
    socket.end(frameOf({ kind: 'close', data: Buffer.from([3, 232]) }, false))
  }
  socket.on('data', (chunk: Buffer) => {
    if (asked.out) return
    const before = got
    for (const { data } of reader.push(chunk)) got += Math.max(0, data.length - 1)
    if (before < asked.bytes && got >= asked.bytes) finish()
  })
  for (const channel of [STDOUT, STDOUT + 1, ERROR]) socket.write(message(channel, Buffer.alloc(0)))
  if (!asked.out) return
  for (const piece of pieces(asked)) await write(socket, message(STDOUT, piece))
  finish()
}

async function overSpdy(socket: Duplex, asked: Asked): Promise<void> {
  const reader = new SpdyReader()
  let [opened, got] = [0, 0]
  const finish = (): void => {
    socket.write(dataFrames(STDOUT, SUCCESS, true))
    socket.end()
  }
  const begin = async (): Promise<void> => {
    if (!asked.out) return
    for (const piece of pieces(asked)) await write(socket, dataFrames(ERROR, piece, false))
    finish()
  }
  socket.on('data', (chunk: Buffer) => {
    const before = got
    for (const item of reader.push(chunk)) {
      // The client opens the error stream first, then stdin or stdout.
      if (item.kind === 'control' && item.type === SYN_STREAM && ++opened === 2) void begin()
      if (item.kind === 'data') got += item.data.length
    }
    if (!asked.out && before < asked.bytes && got >= asked.bytes) finish()
  })
  await Promise.resolve()
}

const tls = { cert: readFileSync(values.cert ?? ''), key: readFileSync(values.key ?? '') }
const server = values.cert === undefined ? createServer() : createSecure(tls)
server.on('upgrade', ({ url = '/', headers }: IncomingMessage, socket: Duplex) => {
  socket.on('error', () => socket.destroy())
  const websocket = headers.upgrade === 'websocket'
  const lines = websocket
    ? ['Upgrade: websocket', `Sec-WebSocket-Accept: ${acceptOf(headers['sec-websocket-key'] ?? '')}`, 'Sec-WebSocket-Protocol: v5.channel.k8s.io']
    : ['Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v5.channel.k8s.io']
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n${lines.join('\r\n')}\r\n\r\n`)
  void (websocket ? overWebSocket : overSpdy)(socket, read(url))
})
server.listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`https://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
})
process.stdin.resume().on('end', () => process.exit(0))
