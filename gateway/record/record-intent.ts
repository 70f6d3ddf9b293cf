import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Limits } from '../wire-limits.ts'
import type { Permitted, Recorded } from '../steps.ts'
import { intentOf } from './events.ts'

/** Whether the record may be lost to a power failure within milliseconds: the request changes nothing and reveals nothing. docs/decisions/0011. */
const onlyReads = ({ classified, permit, revealed, upgrade }: Permitted): boolean =>
  classified.power === 'read' && permit.grant === undefined && revealed === undefined && upgrade === undefined

/**
 * First part of the step `record`. Records what is about to be done, before a use is taken and anything is sent.
 * @throws StatusError TooManyRequests when the identity exceeds its record budget, ServiceUnavailable when the intent cannot be recorded
 */
export async function recordIntent(
  permitted: Permitted,
  { recorder, limits }: { readonly recorder: Recorder; readonly limits: Pick<Limits, 'records'> },
): Promise<Recorded> {
  const intent = intentOf(permitted)
  limits.records.intent(intent.user, intent)
  try {
    await (onlyReads(permitted) ? recorder.note(intent) : recorder.record(intent))
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'the request cannot be recorded, so it is not done', { cause, details: { retryAfterSeconds: 5 } })
  }
  return { ...permitted, recorded: true }
}
