import type { StatusError } from '../../domain/status-error.ts'
import type { Held, HoldOutcome } from '../ports.ts'
import { deniedError, expiredError, failedError, leftError, spentError, timedOutError, tokenExpiredError, withdrawnError } from './hold-errors.ts'

/** The refusal of an operation by the outcome of its wait. An approved one is refused when no grant covers it any more. */
export function refusalOfOutcome({ phase, name, request }: HoldOutcome, held: Held): StatusError {
  switch (phase) {
    case 'Denied':
      return deniedError(held, name, request)
    case 'TimedOut':
      return timedOutError(held, name, request)
    case 'Left':
      return leftError(held, name, request)
    case 'TokenExpired':
      return tokenExpiredError(held, name, { request, approved: false })
    case 'Expired':
      return expiredError(held, name, request)
    case 'Withdrawn':
      return withdrawnError(held, name)
    case 'Failed':
      return failedError(held, name)
    case 'Approved':
      return spentError(held, name)
  }
}
