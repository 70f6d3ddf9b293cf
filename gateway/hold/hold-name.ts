import { createHash } from 'node:crypto'
import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { HOLD_NAME_PREFIX } from '../../domain/api/names.ts'
import type { Held } from '../ports.ts'
import type { AccessRequestClient } from './access-requests.ts'

/** Whether a request is pending for the same operation of the same agent. */
export function isPendingFor({ asked, digest }: Held, request: AccessRequest, nowMs: number): boolean {
  const { operation, requester } = request.spec
  const same = operation?.digest === digest && requester?.username === asked.caller.identity.username
  return same && requestPhase(request.status, nowMs) === 'Pending'
}

/** Derives request names from the agent and the operation, so that two replicas that file at the same time create one request. */
function nameOf({ asked, digest }: Held, number: number): string {
  const hash = createHash('sha256').update(`${asked.caller.identity.username}\n${digest}`).digest('hex')
  return `${HOLD_NAME_PREFIX}${hash.slice(0, 20)}-${number}`
}

export type HoldName = { readonly free: string } | { readonly pending: AccessRequest }

/**
 * Finds the pending request of an operation, or an unused name for a new one. Earlier requests keep their names until their retention ends, so the
 * lowest numbers are usually taken. The search doubles and then halves its step: about 20 reads for a thousand requests.
 * @throws StatusError when requests cannot be read
 */
export async function findRequestName(held: Held, requests: Pick<AccessRequestClient, 'read' | 'nowMs'>): Promise<HoldName> {
  let taken = 0
  let free = Infinity
  for (let number = 1; free - taken > 1; number = free === Infinity ? taken * 2 : Math.floor((taken + free) / 2)) {
    const request = await requests.read(nameOf(held, number))
    if (request === undefined) free = number
    else if (isPendingFor(held, request, requests.nowMs())) return { pending: request }
    else taken = number
  }
  return { free: nameOf(held, free) }
}
