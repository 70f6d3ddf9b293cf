import { randomBytes } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import { StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { cannotImpersonate, policiesActedWith, readImpersonationRefusal } from '../forward/impersonation-refusal.ts'
import type { UpgradeSocket } from '../forward/direct-reads.ts'
import { identityHeaders } from '../forward/identity-headers.ts'
import { credentialRefused } from '../forward/upstream.ts'
import type { HeaderLines, Masking, UpstreamClient } from '../ports.ts'
import type { Announced } from '../steps.ts'
import { acceptOf, type WantedStream } from './protocols.ts'

export type Switched = Pick<UpgradeSocket, 'socket' | 'readInto'> & { readonly head: Buffer; readonly protocol: string }

const TIMEOUT_MS = 30_000
const MAX_REFUSAL_BYTES = 64 * 1024

const bad = (message: string, cause?: unknown): StatusError => new StatusError('BadGateway', message, { cause })

function headersFor(announced: Announced, wanted: WantedStream, key: string): HeaderLines {
  const { permit, caller, auditID, policies } = announced
  const agent = announced.headers.get('user-agent')
  return [
    ['Connection', 'Upgrade'],
    ...(wanted.transport === 'websocket'
      ? ([
          ['Upgrade', 'websocket'],
          ['Sec-WebSocket-Version', '13'],
          ['Sec-WebSocket-Key', key],
          ...(wanted.protocols.length === 0 ? [] : [['Sec-WebSocket-Protocol', wanted.protocols.join(', ')] as const]),
        ] as const)
      : ([['Upgrade', 'SPDY/3.1'], ...wanted.protocols.map((protocol) => ['X-Stream-Protocol-Version', protocol] as const)] as const)),
    ...(announced.method === 'POST' ? [['Content-Length', '0'] as const] : []),
    ...(agent !== undefined && /^[\x20-\x7e]{1,1024}$/.test(agent) ? [['User-Agent', agent] as const] : []),
    ...identityHeaders({
      caller,
      auditID,
      policies,
      ...(permit.grant === undefined ? {} : { elevated: permit.grant.policy, grant: permit.grant.name }),
    }),
  ]
}

/** Whether upstream switched to exactly the requested protocol (kubernetes#72112). */
function hasSwitched({ statusCode, headers }: IncomingMessage, wanted: WantedStream, key: string): boolean {
  return (
    statusCode === 101 &&
    headers.upgrade?.toLowerCase() === wanted.transport &&
    headers.connection?.toLowerCase() === 'upgrade' &&
    headers['sec-websocket-extensions'] === undefined &&
    (wanted.transport !== 'websocket' || headers['sec-websocket-accept'] === acceptOf(key))
  )
}

/** The protocol that upstream chose. Empty if it chose none. */
function chosenProtocol({ headers }: IncomingMessage, wanted: WantedStream): string {
  const header = headers[wanted.transport === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version'] ?? ''
  const protocol = Array.isArray(header) ? header.join(',') : header
  if (protocol !== '' && !wanted.protocols.includes(protocol)) throw bad('kube-apiserver chose a protocol that was not offered')
  return protocol
}

/** Returns an empty text for a longer body: it is not a Status of kube-apiserver. */
async function textOf(response: IncomingMessage): Promise<string> {
  try {
    return (await readBounded(response, MAX_REFUSAL_BYTES)).toString('utf8')
  } catch (error) {
    if (error instanceof BodyTooLarge) return ''
    throw error
  }
}

async function readRefusal(response: IncomingMessage, announced: Announced, masking: Masking): Promise<StatusError> {
  const text = await textOf(response)
  const status = response.statusCode ?? 0
  // Redirects are neither followed nor passed on (CVE-2022-3172).
  if (status < 400) return bad('kube-apiserver did not switch protocols')
  if (status === 401) return credentialRefused()
  const refusal = readImpersonationRefusal(status, text)
  return refusal === undefined ? statusErrorOf(status, masking.agentText(text, announced)) : cannotImpersonate(refusal, policiesActedWith(announced))
}

/**
 * Requests the upgrade from upstream on a connection of its own. Any response other than the requested upgrade ends that connection
 * (CVE-2018-1002105).
 * @throws StatusError with upstream's message, masked, or BadGateway; CannotImpersonate
 */
export async function switchUpstream(
  announced: Announced,
  wanted: WantedStream,
  by: { readonly upstream: UpstreamClient; readonly masking: Masking },
): Promise<Switched> {
  const signal = AbortSignal.any([announced.gone, announced.ending, AbortSignal.timeout(TIMEOUT_MS)])
  const key = randomBytes(16).toString('base64')
  const credential = await by.upstream.credential()
  const { handshake, socket, readInto } = await by.upstream.connect(signal)
  for (const each of [handshake, socket]) each.on('error', () => {}) // handled by its close event
  try {
    const { answer, ...switched } = await new Promise<Switched & { readonly answer: IncomingMessage }>((resolve, reject) => {
      const lines = [['Host', by.upstream.host] as const, ...headersFor(announced, wanted, key), ...credential]
      const asking = request({
        createConnection: () => handshake,
        method: announced.method,
        path: writeTarget(announced),
        headers: lines.flatMap(([name, value]) => [name, value]),
        maxHeaderSize: 64 * 1024,
        signal,
      })
      asking.once('error', (cause) => reject(bad('kube-apiserver cannot be reached, or broke off', cause)))
      asking.once(
        'response',
        (response) =>
          void readRefusal(response, announced, by.masking).then(reject, (cause: unknown) => reject(bad('kube-apiserver broke off', cause))),
      )
      asking.once('upgrade', (response, _socket, head) => {
        if (!hasSwitched(response, wanted, key)) return reject(bad('kube-apiserver switched to something else'))
        resolve({ socket, readInto, head, protocol: '', answer: response })
      })
      asking.end()
    })
    return { ...switched, protocol: chosenProtocol(answer, wanted) }
  } catch (error) {
    socket.destroy()
    throw error
  }
}
