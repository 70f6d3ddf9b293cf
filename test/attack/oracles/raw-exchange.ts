import { connect } from 'node:tls'

/** A client that sends raw bytes and keeps every byte of the response: the input of oracle O1. */
export type Answer = {
  readonly status: number
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Chunks joined, nothing decoded. */
  readonly body: Buffer
  readonly text: string
  /** Every byte that arrived, further responses included. */
  readonly raw: Buffer
  readonly auditID: string
}

export type Door = { readonly host: string; readonly port: number; readonly ca: string }
export type Exchange = {
  /** Stops reading once this matches. Defaults to the end of the connection. */
  readonly until?: RegExp
  /** Stops reading after the first response, for requests that do not ask to close the connection. An upgraded connection has no end. */
  readonly first?: boolean
  /** Seconds after which it stops reading. Defaults to 60. */
  readonly seconds?: number
  /** Bytes sent after the first ones, with this pause between them. */
  readonly pieces?: { readonly bytes: readonly (string | Buffer)[]; readonly everyMs: number }
}

export function doorOf(url: string, ca: string): Door {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port), ca }
}

/** How often a handshake is tried: a server limits its time, which a busy machine can exceed. */
export const HANDSHAKES = 4

/** Whether the server closed the connection. Other errors of a handshake are about its certificate. */
export const isCut = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ECONNRESET'

/** Sends, and reads to the end. Never throws for anything the server does: a closed connection is a response without a status. */
export async function exchange(door: Door, bytes: string | Buffer, options: Exchange = {}): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await exchangeOnce(door, bytes, options)
    if (answer !== undefined) return answer
    if (tries === HANDSHAKES) return answerOf(Buffer.alloc(0))
  }
}

/** Undefined if the server ended the handshake. */
function exchangeOnce(door: Door, bytes: string | Buffer, { until, first = false, seconds = 60, pieces }: Exchange): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...door, servername: 'localhost', ALPNProtocols: ['http/1.1'] })
    const chunks: Buffer[] = []
    const timer = setTimeout(() => finish(), seconds * 1000)
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answerOf(Buffer.concat(chunks)))
    }
    let connected = false
    socket.on('secureConnect', () => {
      connected = true
      socket.write(bytes)
      pieces?.bytes.forEach((piece, index) => setTimeout(() => socket.writable && socket.write(piece), pieces.everyMs * (index + 1)))
    })
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (until === undefined && !first) return
      const raw = Buffer.concat(chunks)
      if (until?.test(raw.toString('latin1')) === true || (first && isWhole(raw))) finish()
    })
    socket.on('close', finish)
    socket.on('error', (error) => {
      if (connected) return finish()
      clearTimeout(timer)
      if (isCut(error)) resolve(undefined)
      else reject(error)
    })
  })
}

export function answerOf(raw: Buffer): Answer {
  const cut = raw.indexOf('\r\n\r\n')
  const head = (cut < 0 ? raw : raw.subarray(0, cut)).toString('latin1').split('\r\n')
  const headers = new Map<string, string[]>()
  for (const line of head.slice(1)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  const rest = cut < 0 ? Buffer.alloc(0) : raw.subarray(cut + 4)
  const status = Number(/^HTTP\/1[.]1 (\d{3})/.exec(head[0] ?? '')?.[1] ?? 0)
  if (status === 100) return answerOf(rest)
  const chunked = headers.get('transfer-encoding')?.includes('chunked') === true
  const length = Number(headers.get('content-length')?.[0] ?? rest.length)
  const body = chunked ? joined(rest) : rest.subarray(0, length)
  return { status, headers, body, raw, text: body.toString('utf8'), auditID: headers.get('audit-id')?.[0] ?? '' }
}

/** Whether the first response has arrived completely. */
export function isWhole(raw: Buffer): boolean {
  const { status, headers, body } = answerOf(raw)
  if (status < 200 || !raw.includes('\r\n\r\n')) return false
  if (headers.get('transfer-encoding')?.includes('chunked') === true) return /(?:^|\r\n)0\r\n\r\n$/.test(raw.subarray(-7).toString('latin1'))
  const length = headers.get('content-length')?.[0]
  return length !== undefined && body.length >= Number(length)
}

function joined(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at)
    const size = end < 0 ? 0 : parseInt(body.toString('latin1', at, end), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}
