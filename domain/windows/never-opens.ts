import type { AccessPolicy } from '../api/access-policy.ts'
import { nextOpening, SEARCHED_DAYS } from './next-opening.ts'
import { windowsOf } from './open-at.ts'

/**
 * A warning when the windows of a policy leave no time open, apart from freezes with a start and an end. Undefined when they do, or when a window
 * cannot be read, which is an error of its own.
 */
export function neverOpens(policy: AccessPolicy, nowMs: number): string | undefined {
  const windows = windowsOf(policy)
  if (windows.unreadable.length > 0 || nextOpening([windows], nowMs) !== undefined) return undefined
  return `spec.approvals.windows: they leave no time open in the next ${SEARCHED_DAYS} days, so no request can be created or approved`
}
