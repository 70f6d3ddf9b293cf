import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { mayBeLongRunning } from '../classify/may-last.ts'
import { endingError } from '../decide/endings.ts'
import { endingNow, type WatchDependencies } from '../decide/watch-permit.ts'
import type { Permitted } from '../steps.ts'
import type { Limits } from '../wire-limits.ts'

type EnterDependencies = WatchDependencies & { readonly clock: Clock; readonly limits: Pick<Limits, 'enterWrite'> }

const NO_PLACE = (): void => {}

/** Whether admission sees the object of the request. */
const isWrite = (permitted: Permitted): boolean => permitted.method !== 'GET' && permitted.method !== 'HEAD' && !mayBeLongRunning(permitted)

/** Refuses a write that waited and is not to be forwarded any more: others may have been before it for minutes. @throws StatusError */
function refuseEnded(permitted: Permitted, deps: EnterDependencies): void {
  const { gone, ending } = permitted
  if (gone.aborted) throw new StatusError('Timeout', 'the client has left before its write was forwarded; nothing was done')
  const reason: unknown = ending.aborted ? ending.reason : endingNow(permitted, deps)
  if (reason !== undefined) throw endingError('the request before anything was done', reason)
}

/**
 * Waits until a write may be forwarded: an agent that sends many at once waits for itself. Returns the function that ends the write's place.
 * @throws StatusError when the client left or the permit ended meanwhile
 */
export async function enterWrite(permitted: Permitted, deps: EnterDependencies): Promise<() => void> {
  if (!isWrite(permitted)) return NO_PLACE
  const sinceMs = deps.clock.nowMs()
  const leave = await deps.limits.enterWrite(permitted.caller.identity.username)
  try {
    if (deps.clock.nowMs() !== sinceMs) refuseEnded(permitted, deps)
    return leave
  } catch (error) {
    leave()
    throw error
  }
}
