import type { AccessPolicy } from '../api/access-policy.ts'
import { DAYS } from '../api/approvals/windows.ts'
import { closingAt, formatClosed, formatOpening, NEVER_OPEN } from '../windows/closing.ts'
import { windowsOf } from '../windows/open-at.ts'
import { DAY_MINUTES, type Weekly, type Window } from '../windows/window.ts'
import { formatIn } from '../windows/zone.ts'

const two = (number: number): string => String(number).padStart(2, '0')
const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`

function weekText({ days, from, to }: Weekly): string {
  const named = days.size === DAYS.length ? 'every day' : DAYS.filter((_, index) => days.has(index)).join(', ')
  if (from === 0 && to === DAY_MINUTES) return named
  return `${named} from ${clock(from)} to ${clock(to % DAY_MINUTES)}${to > DAY_MINUTES ? ' of the next day' : ''}`
}

function windowText({ name, effect, zone, when, reason }: Window): string {
  const time = when.repeats === 'weekly' ? weekText(when) : `from ${formatIn(zone, when.startMs)} to ${formatIn(zone, when.endMs)}`
  const what = effect === 'Open' ? 'requests are accepted and approved' : 'no request is accepted or approved'
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
  return [...windows.map(windowText), ...unread, openText(policy, nowMs)]
}
