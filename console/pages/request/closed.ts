import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { closingAt, formatClosed, formatOpening, frozenStart, NEVER_OPEN, type Closing } from '../../../domain/windows/closing.ts'
import { html, type Html } from '../../../server/html/html.ts'

const opens = (closing: Closing, text: string): string => {
  const opening = formatOpening(closing)
  return opening === undefined ? NEVER_OPEN : `${text} ${opening}`
}

/**
 * Why the server would refuse an approval now, by its rule: a closed window, or a start in a freeze. Undefined when it would not, as far as the policies
 * are known. The page still sends the decision to the server.
 */
export function closedNotice({ spec }: AccessRequest, policies: readonly AccessPolicy[], nowMs: number): Html | undefined {
  const closing = closingAt(policies, nowMs)
  if (closing !== undefined)
    return html`<p class="warning">
      It cannot be approved now: ${formatClosed(closing)}. ${opens(closing, 'It can be approved from')}. It can be denied now.
    </p>`
  const startMs = spec.notBefore === undefined ? nowMs : Date.parse(spec.notBefore)
  const frozen = startMs > nowMs ? frozenStart(policies, startMs) : undefined
  if (frozen === undefined) return undefined
  return html`<p class="warning">
    It cannot be approved: it would start in a freeze: ${formatClosed(frozen)}. ${opens(frozen, 'The first start after it is')}. It can be denied.
  </p>`
}
