import { setImmediate } from 'node:timers/promises'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asRequest } from '../typed.ts'
import { asksOf, type Open } from './usage.ts'

/** Others are served after this many reads. */
const READS_IN_TURN = 16

/** The request, while it is pending. */
async function pendingOf(store: Store, { name, untilMs }: Open, nowMs: number): Promise<AccessRequest | undefined> {
  if (untilMs <= nowMs) return undefined
  const entry = await store.get('accessrequests', name)
  const request = entry === undefined ? undefined : asRequest(fromEntry(entry))
  return request !== undefined && requestPhase(request.status, nowMs) === 'Pending' ? request : undefined
}

/** Those that are still pending. Reads each of them, so call it only when their number matters. */
export async function stillOpen(store: Store, open: readonly Open[], nowMs: number): Promise<readonly Open[]> {
  const found: Open[] = []
  for (const [index, each] of open.entries()) {
    if ((await pendingOf(store, each, nowMs)) !== undefined) found.push(each)
    if (index % READS_IN_TURN === READS_IN_TURN - 1) await setImmediate()
  }
  return found
}

/** The pending request that asks for the same. The gateway finds the pending request of an operation itself. */
export async function equalOf(store: Store, open: readonly Open[], { request, nowMs }: { readonly request: AccessRequest; readonly nowMs: number }) {
  if (request.spec.operation !== undefined) return undefined
  const asks = asksOf(request)
  for (const each of open.filter((one) => one.asks === undefined || one.asks === asks)) {
    const pending = await pendingOf(store, each, nowMs)
    if (pending !== undefined && asksOf(pending) === asks) return each.name
  }
  return undefined
}
