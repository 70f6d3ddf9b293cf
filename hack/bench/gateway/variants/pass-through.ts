/**
 * A plain Node proxy, TLS on both sides, that inspects nothing: the cost of the gateway's runtime without the gateway. It authenticates no
 * client, so it listens on loopback only and exits when its standard input closes.
 */
import { createServer } from 'node:https'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { Pool } from 'undici'
import { readProxyFlags } from './proxy-flags.ts'

const { upstream: upstreamURL, pem } = readProxyFlags()

const pool = new Pool(upstreamURL, { allowH2: false, connect: { ca: pem('ca'), cert: pem('client-cert'), key: pem('client-key') } })

const server = createServer({ cert: pem('server-cert'), key: pem('server-key') }, ({ url = '/', headers: { accept } }, response) => {
  const asked = { method: 'GET' as const, path: url, headers: { accept: accept ?? '*/*' }, headersTimeout: 0, bodyTimeout: 0 }
  const start = ({ statusCode, headers }: { readonly statusCode: number; readonly headers: object }): typeof response => {
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers as Record<string, string>
    return response.writeHead(statusCode, kept)
  }
  pool.stream(asked, start).catch(() => response.destroy())
})
/** exec and port-forward: the request head is forwarded unchanged, then every byte in both directions. */
server.on('upgrade', ({ method = 'GET', url = '/', rawHeaders }, client, head) => {
  const { hostname, port } = new URL(upstreamURL)
  const upstream = connect({
    host: hostname,
    port: Number(port),
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ca: pem('ca'),
    cert: pem('client-cert'),
    key: pem('client-key'),
  })
  const lines = rawHeaders.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('')
  upstream.write(`${method} ${url} HTTP/1.1\r\n${lines}\r\n`)
  upstream.write(head)
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy()).on('close', () => to.end())
  }
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`https://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
})
process.stdin.resume().on('end', () => process.exit(0))
