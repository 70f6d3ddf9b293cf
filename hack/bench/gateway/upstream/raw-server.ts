/**
 * A server that answers like kube-apiserver at almost no cost: a real one is too slow to show how fast a proxy can be. Started by
 * raw-upstream.ts; exits when its standard input closes. The namespace selects the response:
 *
 *   …/pods/NAME                           a pod of 1.3 KB
 *   …/namespaces/values-24-at-90/secrets  SecretList of 50 MB, values of 24 bytes, sent at 90 MB/s (0: as fast as the client reads)
 *   …/namespaces/text-KIND-64/pods/x/log  text of `--megabytes`, in pieces of 64 bytes
 */
import { once } from 'node:events'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { hostileText, logText } from '../../mask/generated-input.ts'
import { canaryValues, pod, secretList } from './content.ts'

const MEGA = 1_000_000
const PIECE = 64 << 10

const { values: args } = parseArgs({
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    canary: { type: 'string' },
    known: { type: 'string' },
    megabytes: { type: 'string' },
  },
})
const { canary = '', cert = '', key = '' } = args
const bytes = Number(args.megabytes) * MEGA
const known = canaryValues(Number(args.known), canary).map((value) => ({ namespace: 'bench', secret: 's', key: 'k', value: Buffer.from(value) }))

const made = new Map<string, Buffer>()
function kept(name: string, make: () => Buffer): Buffer {
  const body = made.get(name) ?? make()
  made.set(name, body)
  return body
}

/** Sends as fast as the client reads, or at the rate at which kube-apiserver encodes. */
async function send(response: ServerResponse, body: Buffer, { piece, rate }: { readonly piece: number; readonly rate: number }): Promise<void> {
  const closed = once(response, 'close')
  const started = performance.now()
  for (let at = 0; at < body.length && !response.destroyed; at += piece) {
    if (rate > 0) {
      const due = at / (rate * 1000)
      const early = due - (performance.now() - started)
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
    }
    if (!response.write(body.subarray(at, at + piece))) await Promise.race([once(response, 'drain'), closed])
    // Yield between pieces, so that small ones are sent separately.
    else if (piece < 4096 && at % (piece * 64) === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

const text: { readonly [kind: string]: () => Buffer } = {
  plain: () => logText(bytes, known, 0),
  hits: () => logText(bytes, known, 0.01),
  hostile: () => hostileText(bytes, known),
}

const small = pod()

function sendSecrets(response: ServerResponse, namespace: string): void {
  const [, length, , rate] = namespace.split('-')
  response.writeHead(200, { 'content-type': 'application/json' })
  const body = kept(namespace, () => secretList({ bytes: 50 * MEGA, length: Number(length), canary, namespace }))
  void send(response, body, { piece: PIECE, rate: Number(rate) })
}

/** Small pieces are slow for every variant, so less text is enough to measure them. */
const shareOf = (piece: number): number => (piece >= 4096 ? 1 : piece >= 64 ? 0.1 : 0.01)

function sendText(response: ServerResponse, namespace: string): void {
  const [, kind = '', size] = namespace.split('-')
  const make = text[kind]
  if (make === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'text/plain' })
  const body = kept(`text ${kind}`, make)
  const piece = Number(size)
  void send(response, body.subarray(0, body.length * shareOf(piece)), { piece, rate: 0 })
}

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const namespace = /\/namespaces\/([^/?]+)\//.exec(request.url ?? '')?.[1] ?? ''
  if (namespace.startsWith('values-')) return sendSecrets(response, namespace)
  if (namespace.startsWith('text-')) return sendText(response, namespace)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': small.length, 'cache-control': 'no-cache, private' }).end(small)
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`https://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
})
process.stdin.resume().on('end', () => process.exit(0))
