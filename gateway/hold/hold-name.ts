import { createHash } from 'node:crypto'
import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { HOLD_NAME_PREFIX } from '../../domain/api/names.ts'
import type { Held } from '../ports.ts'
import type { AccessRequestClient } from './access-requests.ts'

/** Whether a request is for this very operation of this very agent, and undecided. */
export function isPendingFor({ asked, digest }: Held, request: AccessRequest, nowMs: number): boolean {
  const { operation, requester } = request.spec
  const same = operation?.digest === digest && requester?.username === asked.caller.identity.username
  return same && requestPhase(request.status, nowMs) === 'Pending'
}

/** Names of an operation's requests follow from who asks and for what, so that two replicas that file at once meet in one request. */
function nameOf({ asked, digest }: Held, number: number): string {
  const hash = createHash('sha256').update(`${asked.caller.identity.username}\n${digest}`).digest('hex')
  return `${HOLD_NAME_PREFIX}${hash.slice(0, 20)}-${number}`
}

export type Place = { readonly free: string } | { readonly pending: AccessRequest }

/**
 * A name that no request of this operation has yet, or the request that waits already. Earlier requests stay for their retention, so the numbers
 * that are taken are mostly the lowest ones: the search doubles and then halves its step, some 20 reads for a thousand of them.
 * @throws StatusError when requests cannot be read
 */
export async function findPlace(held: Held, requests: Pick<AccessRequestClient, 'read' | 'nowMs'>): Promise<Place> {
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
