import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import { closingAt, formatClosed, formatOpening, frozenStart, namesIn, NEVER_OPEN, type Closing } from '../../../domain/windows/closing.ts'

/** `remedy`: what helps besides waiting, as a sentence. Optional. Defaults to none. */
type What = { readonly act: 'created' | 'approved'; readonly nowMs: number; readonly remedy?: string | undefined }

const WINDOWS = 'spec.approvals.windows'

/** The policy and its windows for each that is closed, and when all are open. `field`: what the refusal is about. */
function causesOf({ closed, opensAtMs }: Closing, field: string): readonly StatusCause[] {
  const opens = opensAtMs === undefined ? undefined : new Date(opensAtMs).toISOString()
  return [
    ...closed.flatMap((each): readonly StatusCause[] => [
      { reason: 'AccessPolicy', message: each.policy, field: 'policy' },
      ...namesIn(each).map((name): StatusCause => ({ reason: each.why, message: name, field })),
    ]),
    ...(opens === undefined ? [] : [{ reason: 'OpensAt', message: opens, field } as const]),
  ]
}

function refusal(name: string, message: string, { closing, field, nowMs }: { closing: Closing; field: string; nowMs: number }): StatusError {
  const { opensAtMs } = closing
  const retryAfterSeconds = opensAtMs === undefined ? undefined : Math.max(1, Math.ceil((opensAtMs - nowMs) / 1000))
  return new StatusError('Forbidden', `accessrequests.jit.access "${name}" ${message}`, {
    details: {
      name,
      group: 'jit.access',
      kind: 'accessrequests',
      causes: causesOf(closing, field),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  })
}

const whenOpen = (closing: Closing, text: (opening: string) => string): string => {
  const opening = formatOpening(closing)
  return opening === undefined ? NEVER_OPEN : text(opening)
}

const whyNow = (closing: Closing): string => `${formatClosed(closing)}. ${whenOpen(closing, (opening) => `It can be from ${opening} on`)}`

/** Why a request would be refused now, as a sentence; undefined when the policies are open. */
export function whyClosed(policies: readonly AccessPolicy[], nowMs: number): string | undefined {
  const closing = closingAt(policies, nowMs)
  return closing === undefined ? undefined : whyNow(closing)
}

/**
 * Refuses the creation or the approval of a request while one of its policies is closed, and one that would start in a freeze.
 * @throws StatusError Forbidden, with the windows and when all policies are open again
 */
export function refuseClosed(policies: readonly AccessPolicy[], { metadata: { name }, spec }: AccessRequest, { act, nowMs, remedy }: What): void {
  const closing = closingAt(policies, nowMs)
  if (closing !== undefined) {
    const message = `cannot be ${act} now: ${whyNow(closing)}${remedy === undefined ? '' : `. ${remedy}`}`
    throw refusal(name, message, { closing, field: WINDOWS, nowMs })
  }
  // An unreadable start is refused as a fault of the request.
  const startMs = spec.notBefore === undefined ? nowMs : Date.parse(spec.notBefore)
  const frozen = startMs > nowMs ? frozenStart(policies, startMs) : undefined
  if (frozen === undefined) return
  const when = whenOpen(frozen, (opening) => `The first start after it is ${opening}`)
  const message = `cannot be ${act}: it would start in a freeze: ${formatClosed(frozen)}. ${when}`
  throw refusal(name, message, { closing: frozen, field: 'spec.notBefore', nowMs })
}
