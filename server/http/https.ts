import { readFileSync, watch } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import type { TlsFiles } from '../config.ts'
import { boundConnections, BOUNDS, type ConnectionBounds, type CutReason } from './connections.ts'
import { reasonOf, type Log } from '../log.ts'
import { readOnAfterAnswer } from './read-on-after-answer.ts'

/** Go's transport keeps idle connections for 90 s; closing earlier would race with its next request. */
const KEEP_ALIVE_MS = 120_000
/** A head, and a head with its body, from their first byte on. What is answered may take as long as it likes. */
const HEAD_MS = 15_000
const REQUEST_MS = 60_000
/** A flood is told of so often, however many connections it has. */
const TOLD_EVERY_MS = 60_000

export type TlsServer = {
  readonly server: Server
  /** Replaces the CA that client certificates are checked against. Connections that stand keep what they were judged by. */
  trust(ca: string): void
  /** To be told of a connection that has switched protocols: what is slow there is up to its relay. */
  switched(socket: Duplex): void
}

/**
 * A TLS server whose certificate is read again when its folder changes: cert-manager and kubelet swap a link there. A pair
 * that cannot be read or does not match is reported and the old one stays. HTTP/1.1 only; see docs/decisions.
 */
export function createTlsServer(options: {
  readonly tls: TlsFiles
  readonly handler: RequestListener
  readonly log: Log
  readonly server?: ServerOptions
  /** What differs from BOUNDS. */
  readonly bounds?: Partial<ConnectionBounds>
  /** Told of each connection that was turned away or cut off. */
  readonly onCut?: (reason: CutReason) => void
}): TlsServer {
  const read = (): { readonly cert: Buffer; readonly key: Buffer } => ({
    cert: readFileSync(options.tls.certFile),
    key: readFileSync(options.tls.keyFile),
  })
  let pair = read()
  let trusted: ServerOptions = options.server ?? {}
  const bounds = { ...BOUNDS, ...options.bounds }
  const server = createServer(
    {
      minVersion: 'TLSv1.2',
      maxHeaderSize: 64 * 1024,
      keepAliveTimeout: KEEP_ALIVE_MS,
      handshakeTimeout: bounds.handshakeMs,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5_000,
      ...trusted,
      ...pair,
    },
    options.handler,
  )
  readOnAfterAnswer(server)

  let toldMs = -TOLD_EVERY_MS
  const { switched } = boundConnections(server, bounds, (reason, address) => {
    options.onCut?.(reason)
    const nowMs = performance.now()
    if (nowMs - toldMs < TOLD_EVERY_MS) return
    toldMs = nowMs
    options.log.warn('connection.cut', { reason, address })
  })

  const reload = (): void => {
    try {
      const next = read()
      if (next.cert.equals(pair.cert) && next.key.equals(pair.key)) return
      server.setSecureContext({ ...trusted, ...next })
      pair = next
      options.log.info('certificate.reloaded', { file: options.tls.certFile })
    } catch (error) {
      options.log.error('certificate.unreadable', { file: options.tls.certFile, error: reasonOf(error) })
    }
  }
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(dirname(options.tls.certFile), () => {
    clearTimeout(timer)
    timer = setTimeout(reload, 200) // both files of a pair are written before one of them is read
  })
  watcher.on('error', (error) => options.log.error('certificate.unwatched', { error: reasonOf(error) }))
  watcher.unref()
  server.on('close', () => watcher.close())
  return {
    server,
    switched,
    trust: (ca) => {
      trusted = { ...trusted, ca }
      server.setSecureContext({ ...trusted, ...pair })
    },
  }
}
