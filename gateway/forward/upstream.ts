import type { Socket } from 'node:net'
import { errors, Pool } from 'undici'
import { StatusError } from '../../domain/status-error.ts'
import type { ClusterConfig } from '../../kube/cluster-config.ts'
import { isProxied } from '../arrive/read-target.ts'
import type { HeaderLines, UpstreamClient } from '../ports.ts'
import type { Answer } from '../steps.ts'
import { connectForUpgrade, type UpgradeSocket } from './direct-reads.ts'
import { exchange } from './http-exchange.ts'

/** kube-apiserver ends requests after 60 s, so a response that has not started by then never will. */
const HEADERS_TIMEOUT_MS = 70_000
/** Maximum time without data within a response that is not endless. */
const BODY_TIMEOUT_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000

function failed(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  const slow = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError
  return slow
    ? new StatusError('Timeout', 'kube-apiserver did not answer in time; whether it did what was asked is not known', { cause: error })
    : new StatusError('BadGateway', 'kube-apiserver cannot be reached, or broke off; whether it did what was asked is not known', { cause: error })
}

/** The credential of the gateway: the token of the agent never reaches kube-apiserver, so a new one would not help. */
export const credentialRefused = (): StatusError =>
  new StatusError('ServiceUnavailable', "kube-apiserver does not accept the gateway's credential; nothing was done, and the token is not at fault", {
    details: { retryAfterSeconds: 2 },
  })

/** @throws StatusError ServiceUnavailable for a 401. That of a proxied server is about what the agent sent to it. */
function refuseUnauthenticated(answer: Answer, target: string): Answer {
  if (answer.status !== 401 || isProxied(target.split('?', 1).join(''))) return answer
  answer.body.destroy()
  throw credentialRefused()
}

const flat = (lines: HeaderLines): string[] => lines.flatMap(([name, value]) => [name, value])

/** Creates the client for kube-apiserver with the credential that can impersonate. Never retries: undici's Pool does not retry requests. */
export function createUpstream({ server, ca, credential }: ClusterConfig): UpstreamClient & { close(): Promise<void> } {
  const secure = server.protocol === 'https:'
  const tls = { ca, minVersion: 'TLSv1.2' as const, ...(credential.kind === 'certificate' ? { cert: credential.cert, key: credential.key } : {}) }
  const pool = new Pool(server.origin, {
    connect: { ...tls, timeout: CONNECT_TIMEOUT_MS },
    // HTTP/2 would join the lines of a repeated header, which turns two groups into one with a comma in its name.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
    maxHeaderSize: 64 * 1024,
  })
  const bearer = async (): Promise<HeaderLines> => {
    if (credential.kind === 'certificate') return []
    try {
      return [['Authorization', `Bearer ${await credential.token()}`]]
    } catch (cause) {
      throw new StatusError('ServiceUnavailable', 'the gateway has no credential to forward with', { cause, details: { retryAfterSeconds: 2 } })
    }
  }

  return {
    host: server.host,
    credential: bearer,
    request: async ({ method, target, headers, body, signal, endless }) => {
      const lines = [...headers, ...(await bearer())]
      try {
        const answer = await exchange(pool, {
          method,
          path: target,
          headers: flat(lines),
          body: body === undefined || body.length === 0 ? null : body,
          signal,
          ...(endless === true ? { headersTimeout: 0, bodyTimeout: 0 } : {}),
        })
        return refuseUnauthenticated(answer, target)
      } catch (error) {
        throw failed(error)
      }
    },
    connect: (signal) =>
      new Promise<UpgradeSocket>((resolve, reject) => {
        const { hostname, port } = server
        const host = hostname.replaceAll(/^\[|\]$/g, '')
        const at = { host, port: Number(port === '' ? (secure ? 443 : 80) : port), timeout: CONNECT_TIMEOUT_MS }
        const connection = connectForUpgrade(at, secure ? { ...tls, servername: /^[\d.:]+$/.test(host) ? '' : host } : undefined)
        const socket = connection.socket as Socket
        const abort = (): void => void socket.destroy(new Error('aborted'))
        signal.addEventListener('abort', abort, { once: true })
        socket.once('error', (error) => reject(failed(error)))
        socket.once('timeout', () => socket.destroy(new Error('no connection in time')))
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          signal.removeEventListener('abort', abort)
          socket.setTimeout(0)
          socket.removeAllListeners('timeout')
          resolve(connection)
        })
      }),
    close: () => pool.destroy(),
  }
}
