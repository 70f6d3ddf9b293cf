import type { AccessPolicy } from '../api/access-policy.ts'
import type { AutoApproveRule } from '../api/approvals/auto-approve.ts'
import { DAYS } from '../api/approvals/windows.ts'
import { closingAt, formatClosed, formatOpening, NEVER_OPEN } from '../windows/closing.ts'
import { windowsIn, windowsOf } from '../windows/open-at.ts'
import { whyRuleClosed } from '../windows/rule-windows.ts'
import { DAY_MINUTES, type Weekly, type Window } from '../windows/window.ts'
import { formatIn } from '../windows/zone.ts'

const two = (number: number): string => String(number).padStart(2, '0')
const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`

function weekText({ days, from, to }: Weekly): string {
  const named = days.size === DAYS.length ? 'every day' : DAYS.filter((_, index) => days.has(index)).join(', ')
  if (from === 0 && to === DAY_MINUTES) return named
  return `${named} from ${clock(from)} to ${clock(to % DAY_MINUTES)}${to > DAY_MINUTES ? ' of the next day' : ''}`
}

type What = Readonly<Record<Window['effect'], string>>

const OF_POLICY: What = { Open: 'requests are accepted and approved', Freeze: 'no request is accepted or approved' }
const OF_RULE: What = { Open: 'it approves', Freeze: 'it approves nothing' }

function windowText({ name, effect, zone, when, reason }: Window, means: What): string {
  const time = when.repeats === 'weekly' ? weekText(when) : `from ${formatIn(zone, when.startMs)} to ${formatIn(zone, when.endMs)}`
  const what = means[effect]
  return `Window "${name}": ${what} ${time} (${zone.name})${reason === undefined ? '.' : `: ${reason}`}`
}

/** Whether a policy is open now, and when it is next if it is not. */
export function openText(policy: AccessPolicy, nowMs: number): string {
  const closing = closingAt([policy], nowMs)
  if (closing === undefined) return 'It is open now.'
  const opening = formatOpening(closing)
  return `It is closed now: ${formatClosed(closing)}. ${opening === undefined ? NEVER_OPEN : `It opens at ${opening}`}.`
}

/** The windows of a policy, and whether it is open now. Empty without windows. The names and reasons are unescaped words of the policy. */
export function windowLines(policy: AccessPolicy, nowMs: number): readonly string[] {
  const { windows, unreadable } = windowsOf(policy)
  if (windows.length + unreadable.length === 0) return []
  const unread = unreadable.map((name) => `Window "${name}" cannot be read, which closes the policy.`)
  return [...windows.map((window) => windowText(window, OF_POLICY)), ...unread, openText(policy, nowMs)]
}

/** The windows of a rule that approves in place of approvers, or why the server cannot read them. Empty without windows. */
export function ruleWindowLines(rule: AutoApproveRule, policy: string, nowMs: number): readonly string[] {
  const { windows, unreadable } = windowsIn(policy, rule.windows)
  if (windows.length + unreadable.length === 0) return []
  const said = windows.map((window) => `Rule "${rule.name}", ${windowText(window, OF_RULE)}`)
  try {
    const closed = whyRuleClosed(rule, policy, nowMs)
    return [...said, closed === undefined ? `Rule "${rule.name}" is open now.` : `Now, rule "${rule.name}" ${closed}.`]
  } catch (error) {
    return [...said, `Rule "${rule.name}" approves nothing: ${error instanceof Error ? error.message : 'unknown'}.`]
  }
}
