import type { AccessPolicy } from '../api/access-policy.ts'
import { nextOpening, SEARCHED_DAYS } from './next-opening.ts'
import { windowsOf, type PolicyWindows } from './open-at.ts'

/**
 * A clause when windows leave no time open, apart from freezes with a start and an end. Undefined when they do, or when one cannot be read, which is an
 * error of its own.
 */
export function neverOpensIn(windows: PolicyWindows, nowMs: number): string | undefined {
  if (windows.unreadable.length > 0 || nextOpening([windows], nowMs) !== undefined) return undefined
  return `they leave no time open in the next ${SEARCHED_DAYS} days`
}

/** The same as a warning about the windows of a policy. */
export function neverOpens(policy: AccessPolicy, nowMs: number): string | undefined {
  const never = neverOpensIn(windowsOf(policy), nowMs)
  return never === undefined ? undefined : `spec.approvals.windows: ${never}, so no request can be created or approved`
}
