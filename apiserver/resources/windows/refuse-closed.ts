import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { refusingBreakGlass } from '../../../domain/policy/break-glass.ts'
import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import { closingAt, formatClosed, formatOpening, frozenStart, namesIn, NEVER_OPEN, type Closing } from '../../../domain/windows/closing.ts'
import type { RequestContext } from '../../machinery/kind.ts'

/** `remedy`: what helps besides waiting, as a sentence. Undefined: nothing. */
type What = { readonly act: 'created' | 'approved'; readonly nowMs: number; readonly remedy: string | undefined }

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

type About = { readonly closing: Closing; readonly field: string; readonly retryAfterSeconds: number | undefined }

function refusal(name: string, message: string, { closing, field, retryAfterSeconds }: About): StatusError {
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

/** Refuses while a policy is closed, and a request that would start in a freeze. */
function refuseClosed(policies: readonly AccessPolicy[], { metadata: { name }, spec }: AccessRequest, { act, nowMs, remedy }: What): void {
  const closing = closingAt(policies, nowMs)
  if (closing !== undefined) {
    const message = `cannot be ${act} now: ${whyNow(closing)}${remedy === undefined ? '' : `. ${remedy}`}`
    const { opensAtMs } = closing
    const retryAfterSeconds = opensAtMs === undefined ? undefined : Math.max(1, Math.ceil((opensAtMs - nowMs) / 1000))
    throw refusal(name, message, { closing, field: 'spec.approvals.windows', retryAfterSeconds })
  }
  // An unreadable start is refused as a fault of the request.
  const startMs = spec.notBefore === undefined ? nowMs : Date.parse(spec.notBefore)
  const frozen = startMs > nowMs ? frozenStart(policies, startMs) : undefined
  if (frozen === undefined) return
  const when = whenOpen(frozen, (opening) => `The first start after it is ${opening}`)
  const message = `cannot be ${act}: it would start in a freeze: ${formatClosed(frozen)}. ${when}`
  throw refusal(name, message, { closing: frozen, field: 'spec.notBefore', retryAfterSeconds: undefined })
}

/** What the requester can do. Break-glass does not replace the approval of an operation. */
function remedyFor({ spec }: AccessRequest, policies: readonly AccessPolicy[], user: Identity): string | undefined {
  if (spec.operation !== undefined) return 'Nothing was done: run the same command then'
  if (refusingBreakGlass(policies, withTokenGroups(user)).length > 0) return undefined
  return 'In an emergency, request it with break-glass: kubectl create accessrequest --break-glass'
}

/**
 * Refuses a new request while one of the policies of its requester is closed, and one that would start in a freeze. One that asks for break-glass is
 * exempt: it either gets its grant at once or is refused, and never waits for an approval.
 * @throws StatusError Forbidden, with the windows and when all policies are open again
 */
export function refuseCreation(
  policies: readonly AccessPolicy[],
  request: AccessRequest,
  { user, nowMs }: Pick<RequestContext, 'user' | 'nowMs'>,
): void {
  if (request.spec.breakGlass === true) return
  refuseClosed(policies, request, { act: 'created', nowMs, remedy: remedyFor(request, policies, user) })
}

/** Refuses an approval in the same cases. A denial is possible at any time. @throws StatusError Forbidden */
export const refuseApproval = (policies: readonly AccessPolicy[], request: AccessRequest, nowMs: number): void =>
  refuseClosed(policies, request, { act: 'approved', nowMs, remedy: 'It can be denied now' })
