import { mayBeLongRunning } from '../classify/may-last.ts'
import { endingError } from '../decide/endings.ts'
import type { Permitted } from '../steps.ts'
import type { Limits } from '../wire-limits.ts'

const NO_PLACE = (): void => {}

/** Whether admission sees the object of the request. */
const isWrite = (permitted: Permitted): boolean => permitted.method !== 'GET' && permitted.method !== 'HEAD' && !mayBeLongRunning(permitted)

/**
 * Waits until a write may be forwarded: an agent that sends many at once waits for itself. Returns the function that ends the write's place.
 * @throws StatusError when the permit ended meanwhile
 */
export async function enterWrite(permitted: Permitted, limits: Pick<Limits, 'enterWrite'>): Promise<() => void> {
  if (!isWrite(permitted)) return NO_PLACE
  const leave = await limits.enterWrite(permitted.caller.identity.username)
  const { ending } = permitted
  if (!ending.aborted) return leave
  leave()
  throw endingError('the request before anything was done', ending.reason)
}
