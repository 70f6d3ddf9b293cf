import { readFileSync, watch } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import type { TlsFiles } from '../config.ts'
import { limitConnections, BOUNDS, type ConnectionBounds, type CutReason } from './connections.ts'
import { reasonOf, type Log } from '../log.ts'
import { readOnAfterAnswer } from './read-on-after-answer.ts'

/** Longer than the 90 s for which Go's transport keeps idle connections: closing earlier would race with its next request. */
const KEEP_ALIVE_MS = 120_000
/** Timeouts for the head and for the whole request, from its first byte. Responses have no time limit. */
const HEAD_MS = 15_000
const REQUEST_MS = 60_000
/** Minimum interval between log lines about rejected connections. */
const LOG_EVERY_MS = 60_000

export type TlsServer = {
  readonly server: Server
  /** Replaces the CA that verifies client certificates. Existing connections keep the result of their verification. */
  trust(ca: string): void
  /** Must be called when a connection has switched protocols: its relay then handles slow clients. */
  switched(socket: Duplex): void
}

/**
 * Creates a TLS server that reloads its certificate when the folder changes: cert-manager and kubelet replace a symbolic link there. A pair that
 * cannot be read or does not match is logged, and the old one stays. HTTP/1.1 only; see docs/decisions.
 */
export function createTlsServer(options: {
  readonly tls: TlsFiles
  readonly handler: RequestListener
  readonly log: Log
  readonly server?: ServerOptions
  /** Overrides of BOUNDS. */
  readonly bounds?: Partial<ConnectionBounds>
  /** Called for each connection that was refused or closed. */
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

  let loggedMs = -LOG_EVERY_MS
  const { switched } = limitConnections(server, bounds, (reason, address) => {
    options.onCut?.(reason)
    const nowMs = performance.now()
    if (nowMs - loggedMs < LOG_EVERY_MS) return
    loggedMs = nowMs
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
    timer = setTimeout(reload, 200) // waits until both files of a pair are written
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
