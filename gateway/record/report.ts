import type { Clock } from '../../domain/clock.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Log } from '../../server/log.ts'
import { reasonOf } from '../../server/log.ts'
import { Buckets, bytesOf } from '../../server/records/buckets.ts'
import { Unrecorded } from '../../server/records/unrecorded.ts'
import { CannotImpersonate } from '../forward/impersonation-refusal.ts'
import { Cut } from '../mask/answer-writer.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { describeEnding } from '../decide/endings.ts'
import type { Limits } from '../wire-limits.ts'
import type { RelayEnd } from '../ports.ts'
import { TooManyRecords, UNKNOWN_RATE } from './record-budget.ts'
import { refusedOf } from './events.ts'
import type { Caller } from '../steps.ts'
import type { RequestTrace } from './request-trace.ts'

export type ReportDependencies = {
  readonly recorder: Recorder
  readonly limits: Pick<Limits, 'records'>
  readonly clock: Clock
  /** Called with the name of a policy whose groups could not be impersonated. Optional. */
  readonly suspect?: (policy: string) => void
}

export type Failure = { readonly error: unknown; readonly refusal: StatusError; readonly gone: boolean }

/** Reports the end of a request to records and metrics. Never throws, because the request is over. */
export type Reporter = {
  /** Returns the refusal to send: the given one, or TooManyRecords when the identity exceeds its budget and this one is not recorded. */
  admitted(trace: RequestTrace, refusal: StatusError): StatusError
  outcome(trace: RequestTrace, end: RelayEnd): Promise<void>
  failure(trace: RequestTrace, failure: Failure): Promise<void>
  /** Records the counts of refusals that were not recorded one by one. */
  flush(): Promise<void>
}

/** Describes how a forwarded request ended when its response was not delivered completely. */
function endOf({ error, refusal, gone }: Failure, { request }: RequestTrace): RelayEnd {
  const ending = request?.ending
  if (ending?.aborted === true) {
    const code = error instanceof StatusError ? error.code : 200
    return { ended: 'failed', code, bytes: 0, message: `ended by the gateway: ${describeEnding(ending.reason)}` }
  }
  if (gone) return { ended: 'aborted', code: 0, bytes: 0, message: 'the client has left' }
  if (error instanceof Cut) return { ended: 'failed', code: 200, bytes: 0, message: error.message }
  return { ended: 'failed', code: refusal.code, bytes: 0, message: refusal.message }
}

export function createReporter(options: { readonly deps: ReportDependencies; readonly metrics: GatewayMetrics; readonly log: Log }): Reporter {
  const { deps, metrics, log } = options
  // A flood of unauthenticated refusals must not fill the disk. Those over the budget are only counted.
  const unknown = new Buckets(UNKNOWN_RATE, () => performance.now())

  const note: Recorder['note'] = async (event) => {
    try {
      await deps.recorder.note(event)
    } catch (error) {
      metrics.recordLost()
      log.error('record.lost', { reason: event.event, error: reasonOf(error) })
    }
  }

  const unrecorded = new Unrecorded<Caller>(({ identity, session }, count) =>
    note({ event: 'requests.unrecorded', session, user: identity.username, count }),
  )

  const outcome = async (trace: RequestTrace, end: RelayEnd): Promise<void> => {
    metrics.ended(trace, end.ended, end.code)
    await note({
      event: 'request.outcome',
      auditID: trace.auditID,
      session: trace.request?.caller?.session ?? '',
      ended: end.ended,
      code: end.code,
      durationMs: Math.max(0, Math.round(deps.clock.nowMs() - trace.arrivedMs)),
      bytes: end.bytes,
      message: end.message === undefined ? undefined : hideTokens(end.message),
    })
  }

  return {
    outcome,
    flush: () => unrecorded.flush(),
    admitted: (trace, refusal) => {
      const caller = trace.request?.caller
      if (caller === undefined || trace.forwarded === true || refusal instanceof TooManyRecords) return refusal
      try {
        return deps.limits.records.refusal(caller.identity.username, refusedOf(trace, refusal)) ?? refusal
      } catch (error) {
        // The client still needs its response.
        log.error('record.unbounded', { auditID: trace.auditID, error: reasonOf(error) })
        return refusal
      }
    },
    failure: async (trace, failure) => {
      if (failure.refusal instanceof CannotImpersonate) {
        metrics.cannotImpersonate(failure.refusal.refusal)
        for (const policy of failure.refusal.policies) deps.suspect?.(policy)
      }
      if (trace.forwarded === true) return outcome(trace, endOf(failure, trace))
      const { refusal } = failure
      const caller = trace.request?.caller
      metrics.ended(trace, 'refused', refusal.code)
      if (caller === undefined) {
        metrics.refusedBeforeAuthentication(refusal)
        const refused = refusedOf(trace, refusal)
        if (unknown.take('', { bytes: bytesOf(refused), lines: 1 }) === 0) await note(refused)
        return
      }
      if (!(refusal instanceof TooManyRecords)) return note(refusedOf(trace, refusal))
      metrics.bounded('records')
      unrecorded.add(caller.identity.username, caller)
    },
  }
}
