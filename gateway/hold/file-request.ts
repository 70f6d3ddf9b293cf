import { createHash } from 'node:crypto'
import { requestPhase, type AccessRequest } from '../../domain/access-request.ts'
import { ruleFor } from '../../domain/grant/ask-for.ts'
import { API_VERSION } from '../../domain/names.ts'
import type { Operation } from '../../domain/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import type { Held, Masking, Upstream } from '../ports.ts'
import type { RequestDesk } from './request-desk.ts'
import { callAs } from '../plan/upstream-call.ts'

const PATH = '/apis/jit.access/v1/accessrequests'
/** Requests of one operation that may be decided already before a new one's name is found. */
const MOST_NAMES = 64

/** Named after who asks and for what, so that a retry, a restarted gateway and another replica meet in the same request. */
function nameOf({ asked, digest }: Held, count: number): string {
  const hash = createHash('sha256').update(`${asked.caller.identity.username}\n${digest}`).digest('hex')
  return `hold-${hash.slice(0, 20)}-${count}`
}

function isSame({ asked, digest }: Held, request: AccessRequest): boolean {
  return request.spec.operation?.digest === digest && request.spec.requester?.username === asked.caller.identity.username
}

/** The undecided request of this very operation by this very agent, as far as the watch knows. */
export function knownPending(held: Held, requests: readonly AccessRequest[], nowMs: number): AccessRequest | undefined {
  return requests.find((request) => isSame(held, request) && requestPhase(request.status, nowMs) === 'Pending')
}

/**
 * Files the AccessRequest of an operation in the agent's name, or finds the one that waits.
 * @throws StatusError with what the aggregated API server said
 */
export async function fileRequest(
  held: Held,
  operation: Operation,
  doors: { readonly upstream: Upstream; readonly masking: Masking; readonly desk: RequestDesk },
): Promise<AccessRequest> {
  const { asked, decision } = held
  for (let count = 1; count <= MOST_NAMES; count++) {
    const name = nameOf(held, count)
    const known = doors.desk.known(name)
    if (known !== undefined && requestPhase(known.status, doors.desk.nowMs()) !== 'Pending') continue
    const request = {
      apiVersion: API_VERSION,
      kind: 'AccessRequest',
      metadata: { name },
      spec: { policy: decision.policy, rules: [ruleFor(asked.classified)], operation },
    }
    const call = { method: 'POST', target: PATH, body: Buffer.from(JSON.stringify(request)), contentType: 'application/json', hold: 'file' } as const
    const { status, text } = await callAs(held, call, doors.upstream)
    if (status < 300) return JSON.parse(text) as AccessRequest
    if (status !== 409) throw statusErrorOf(status, doors.masking.agentText(text))
    const taken = await doors.desk.read(name)
    if (taken !== undefined && isSame(held, taken) && requestPhase(taken.status, doors.desk.nowMs()) === 'Pending') return taken
  }
  throw new StatusError('TooManyRequests', 'this very operation has been decided about too often; its AccessRequests must be deleted first')
}
