import type { AccessPolicy } from '../api/access-policy.ts'
import type { AutoApproveRule } from '../api/approvals/auto-approve.ts'
import { escapedLine } from '../api/plain-text.ts'
import { formatOpening, listed, namesIn } from './closing.ts'
import { neverOpensIn } from './never-opens.ts'
import { nextOpening } from './next-opening.ts'
import { closedAt, windowsIn } from './open-at.ts'

const FIELD = 'spec.approvals.autoApprove'

/**
 * Why the windows of a rule do not let it approve at a time, as a clause about the rule. Undefined when they do. The windows of its policy count too.
 * @throws Error when one of them cannot be read
 */
export function whyRuleClosed({ windows: raw }: AutoApproveRule, policy: string, ms: number): string | undefined {
  const windows = windowsIn(policy, raw)
  const closed = closedAt(windows, ms)
  if (closed === undefined) return undefined
  const names = listed(namesIn(closed))
  if (closed.why === 'WindowUnreadable') throw new Error(`the server cannot read its window ${names}`)
  const reason = closed.why === 'Frozen' ? closed.windows[0]?.reason : undefined
  const why = closed.why === 'Frozen' ? `is frozen by its window ${names}` : `approves in its windows alone: ${names}`
  const opening = formatOpening({ closed: [closed], opensAtMs: nextOpening([windows], ms) })
  return `${why}${reason === undefined ? '' : ` (${escapedLine(reason)})`}${opening === undefined ? '' : `; it is open from ${opening} on`}`
}

/** A warning for each rule whose windows leave no time open. */
export const rulesNeverOpen = ({ metadata, spec }: AccessPolicy, nowMs: number): readonly string[] =>
  (spec.approvals?.autoApprove ?? []).flatMap(({ windows }, index) => {
    const never = neverOpensIn(windowsIn(metadata.name, windows), nowMs)
    return never === undefined ? [] : [`${FIELD}[${index}].windows: ${never}, so the rule approves nothing`]
  })
