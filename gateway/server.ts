import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { asStatusError, StatusError } from '../domain/status-error.ts'
import type { TlsFiles } from '../server/config.ts'
import { createTlsServer } from '../server/http/https.ts'
import { reasonOf, type Log } from '../server/log.ts'
import { wantsUpgrade } from './arrive/read-framing.ts'
import { MAX_HEADERS_LENGTH } from './arrive/read-headers.ts'
import { MAX_URL_LENGTH } from './arrive/read-target.ts'
import { boundLargeHeads } from './large-heads.ts'
import type { WireLimits } from './wire-limits.ts'
import type { GatewayMetrics } from './metrics.ts'
import { serve, type Client, type Dependencies } from './pipeline.ts'
import type { RelayEnd } from './ports.ts'
import { forwardedOf, type RequestTrace } from './record/request-trace.ts'
import { createReporter } from './record/report.ts'
import { refuse, refuseSocket } from './refuse.ts'

export type ServerOptions = {
  readonly tls: TlsFiles
  readonly deps: Dependencies
  readonly metrics: GatewayMetrics
  readonly log: Log
  readonly wire: WireLimits
}

/** Node counts the URL as part of the headers. The arrive step limits each separately. */
const FRAMING = { maxHeaderSize: MAX_URL_LENGTH + MAX_HEADERS_LENGTH, insecureHTTPParser: false } as const

const NO_METHOD = new StatusError('MethodNotAllowed', 'the method is not one that Kubernetes serves')
const NO_EXPECTATION = new StatusError('BadRequest', 'only Expect: 100-continue is supported', { code: 417 })

/** Returns a signal that aborts when the client disconnects before the response is complete. Does not abort when a complete response closes. */
function whenGone(stream: ServerResponse | Duplex): AbortSignal {
  const controller = new AbortController()
  stream.once('close', () => {
    if (!('req' in stream && stream.writableFinished)) controller.abort(new Error('the client has left'))
  })
  return controller.signal
}

/** Handles bytes that Node's parser cannot read. They are not a request, so there is no record. Closes the connection. */
function unreadable(error: Error & { readonly code?: string }, socket: Duplex, metrics: GatewayMetrics): void {
  // The peer is gone or has no TLS session, so it cannot receive a response.
  if (error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return void socket.destroy()
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const status = new StatusError('BadRequest', 'the request cannot be parsed', { code })
  metrics.refusedBeforeAuthentication(status)
  refuseSocket(socket, status, randomUUID())
}

export function createGatewayServer({ tls, deps, metrics, log, wire: { bounds, ...times } }: ServerOptions): Server {
  const report = createReporter({ deps, metrics, log })

  /** Handles one request from arrival to its record. `answer` sends a refusal to the client. */
  const handle = async (client: Client, answer: (error: StatusError, auditID: string) => void): Promise<void> => {
    const trace: RequestTrace = {
      auditID: randomUUID(),
      arrivedMs: deps.clock.nowMs(),
      address: client.request.socket.remoteAddress ?? '',
      releases: [],
    }
    let end: RelayEnd | undefined
    try {
      trace.releases.push(deps.limits.queue(client.request.socket))
      end = await serve(client, trace, deps)
      await report.outcome(trace, end)
    } catch (error) {
      const refusal = report.admitted(trace, asStatusError(error))
      const meant = client.gone.aborted || forwardedOf(trace)?.ending?.aborted === true
      if (refusal.code >= 500 && !meant)
        log.warn('request.failed', { auditID: trace.auditID, code: refusal.code, error: reasonOf(refusal.cause ?? error) })
      answer(refusal, trace.auditID)
      await report.failure(trace, { error, refusal, gone: client.gone.aborted })
    } finally {
      for (const release of trace.releases.toReversed()) release()
    }
  }

  /** Handles a failure to record a failure. The client already has its response, and other requests must not be affected. */
  const unreported = (error: unknown): void => {
    metrics.recordLost()
    log.error('record.lost', { error: reasonOf(error) })
  }
  const plain = (request: IncomingMessage, response: ServerResponse): void => {
    const gone = whenGone(response)
    handle({ request, response, gone }, (error, auditID) => {
      if (response.headersSent) response.destroy()
      else if (!gone.aborted) refuse(response, error, auditID)
    }).catch(unreported)
  }
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => {}) // users of the socket observe its close event instead
    switched(socket)
    handle({ request, switching: { socket, head }, gone: whenGone(socket) }, (error, auditID) => refuseSocket(socket, error, auditID)).catch(
      unreported,
    )
  }

  const { server, switched } = createTlsServer({
    tls,
    log,
    bounds,
    onCut: (reason) => metrics.bounded(reason),
    handler: plain,
    server: { ...FRAMING, ...times, shouldUpgradeCallback: ({ url, headers }) => wantsUpgrade(url, headers.upgrade) },
  })
  server.maxHeadersCount = 0 // Node would drop headers above the limit silently; the arrive step counts and refuses them
  boundLargeHeads(server, () => metrics.bounded('largeHeads'))
  server.on('upgrade', upgrade)
  server.on('connect', (_: IncomingMessage, socket: Duplex) => refuseSocket(socket, NO_METHOD, randomUUID()))
  server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => refuse(response, NO_EXPECTATION, randomUUID()))
  server.once('close', () => void report.flush())
  server.on('clientError', (error: Error, socket: Duplex) => unreadable(error, socket, metrics))
  return server
}
