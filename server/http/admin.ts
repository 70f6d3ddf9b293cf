import { createServer, type Server } from 'node:http'
import type { Server as NetServer } from 'node:net'
import type { Registry } from 'prom-client'
import type { Listen } from '../config.ts'

/** A named readiness check. Returns false or throws while the server is not ready. */
export type Check = { readonly name: string; readonly ok: () => boolean }

/** Requests and responses are short here. */
const TIMES = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 2_500 } as const
/** Timeout of a connection without traffic in either direction. */
const SILENCE_MS = 10_000
const MAX_CONNECTIONS = 256

/**
 * Serves health and metrics on a separate port, so that the data port has no path without authentication. Plain HTTP: it serves no secret and no user
 * name; a NetworkPolicy restricts it to the kubelet, Prometheus and, at the gateway, the controller.
 */
export function createAdminServer(options: {
  readonly registry: Registry
  readonly ready: readonly Check[]
  /** Further documents in JSON, by path. They must hold no secret and no name of a user. Optional. Defaults to none. */
  readonly documents?: { readonly [path: string]: () => string }
}): Server {
  const documents = new Map(Object.entries(options.documents ?? {}))
  const health = (checks: readonly Check[], verbose: boolean): { readonly code: number; readonly text: string } => {
    const results = checks.map(({ name, ok }) => ({ name, ok: holds(ok) }))
    const good = results.every(({ ok }) => ok)
    const listed = results.map(({ name, ok }) => `[${ok ? '+' : '-'}]${name} ${ok ? 'ok' : 'failed'}\n`).join('')
    return { code: good ? 200 : 500, text: verbose || !good ? `${listed}${good ? 'ok' : 'not ready'}\n` : 'ok' }
  }
  const server = createServer(TIMES, (request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://admin')
    if (url === null) return void response.writeHead(404).end() // `//`, for example
    const verbose = url.searchParams.has('verbose')
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { connection: 'close' }).end() // the body is not read
    switch (url.pathname) {
      case '/livez':
      case '/healthz':
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok')
      case '/readyz': {
        const { code, text } = health(options.ready, verbose)
        return void response.writeHead(code, { 'content-type': 'text/plain' }).end(text)
      }
      case '/metrics':
        return void options.registry.metrics().then(
          (text) => response.writeHead(200, { 'content-type': options.registry.contentType }).end(text),
          () => response.writeHead(500).end(),
        )
      default: {
        const document = documents.get(url.pathname)
        if (document === undefined) return void response.writeHead(404).end()
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(document())
      }
    }
  })
  server.timeout = SILENCE_MS
  server.maxConnections = MAX_CONNECTIONS
  server.on('drop', () => server.closeIdleConnections()) // so that the kubelet's next probe can connect
  return server
}

function holds(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

export function listen(server: NetServer, { address, port }: Listen): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
