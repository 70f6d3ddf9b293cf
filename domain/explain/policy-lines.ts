import type { AccessPolicy } from '../api/access-policy.ts'
import { eventsOf } from '../api/notifications/notification.ts'
import { formatSubject, type Subject } from '../api/subject.ts'
import { formatDuration } from '../format/duration.ts'
import { formatUses } from '../format/grant-end.ts'
import { breakGlassTotals, strictestBreakGlass } from '../policy/break-glass.ts'
import { strictestLimits } from '../policy/request-limits.ts'

const subjectsWords = (subjects: readonly Subject[]): string => subjects.map(formatSubject).join(', ')

/** Who gets access without waiting, and who reviews it. Empty when nobody does. */
export function breakGlassLines(policy: AccessPolicy): readonly string[] {
  const { breakGlass } = policy.spec.approvals ?? {}
  if (breakGlass === undefined) return []
  const { subjects, reviewers = [] } = breakGlass
  const { maxUses, maxDurationSeconds, reviewWithinSeconds, perDay } = strictestBreakGlass([policy])
  const totalPerDay = breakGlassTotals([policy])[0]?.totalPerDay ?? 0
  return [
    `${subjectsWords(subjects)} may take access without waiting, for at most ${formatDuration(maxDurationSeconds)}${maxUses === undefined ? '' : ` and ${formatUses(maxUses)}`}, ${perDay} times a day, and all of them together ${totalPerDay} times.`,
    `Each use must be reviewed within ${formatDuration(reviewWithinSeconds)} by ${reviewers.length === 0 ? 'somebody who may certify under this policy' : subjectsWords(reviewers)}. Until then, its user gets no other.`,
  ]
}

/** Which channels are notified of what. Empty when none is. */
export const notificationLines = ({ spec: { notifications = [] } }: AccessPolicy): readonly string[] =>
  notifications.map((notification) => {
    const { channel, minRisk = 'Low', includeAutomatic = false, to = 'Approvers' } = notification
    const risk = minRisk === 'Low' ? '' : ` from risk ${minRisk} on`
    const automatic = includeAutomatic ? ', decisions of rules included' : ''
    return `Channel "${channel}" receives ${eventsOf(notification).join(', ')}${risk}${automatic}, for ${to === 'Requester' ? 'the requester' : 'approvers'}.`
  })

/** What is hidden, and what is not. Secrets always are. */
export function maskingLines({ spec: { masking = {} } }: AccessPolicy): readonly string[] {
  const { fields = [], exempt = [], tokenPatterns = true } = masking
  return [
    'Secrets, and values of Secrets elsewhere, are always hidden.',
    tokenPatterns
      ? 'Tokens that are recognized by their form are hidden.'
      : 'Tokens that are recognized by their form are shown, if every policy of the agent says so.',
    ...fields.map(({ apiGroups = [''], resources, paths }) => {
      const groups = apiGroups.map((group) => (group === '' ? 'the core group' : group)).join(', ')
      return `Of ${resources.join(', ')} (${groups}), these fields are hidden: ${paths.join(', ')}.`
    }),
    ...exempt.map(
      ({ namespace, secret, keys }) => `The values of ${keys.join(', ')} of Secret "${secret}" in namespace ${namespace} may show outside of it.`,
    ),
  ]
}

const secondsLine = (seconds: number | undefined, line: (duration: string) => string): readonly string[] =>
  seconds === undefined ? [] : [line(formatDuration(seconds))]

/** Limits besides those of limit-lines.ts. */
export function boundLines(policy: AccessPolicy): readonly string[] {
  const limits = strictestLimits([policy])
  const { transfer } = policy.spec.requests ?? {}
  const byClass = Object.entries(limits.maxUsesByClass ?? {}).map(([useClass, most]) => `${most} of class ${useClass}`)
  return [
    `One requester has at most ${limits.maxPending} undecided requests, and makes at most ${limits.perHour} in an hour.`,
    ...secondsLine(limits.holdSeconds, (time) => `A held operation waits ${time} for an approver.`),
    ...secondsLine(limits.idleSeconds, (time) => `A grant ends when it is not used for ${time}.`),
    ...secondsLine(limits.maxTotalSeconds, (time) => `With all extensions, a grant lasts at most ${time}.`),
    ...(byClass.length === 0 ? [] : [`A grant has at most these uses: ${byClass.join(', ')}.`]),
    ...(transfer === undefined ? [] : [`A part of a grant may be given to ${subjectsWords(transfer.to)}.`]),
  ]
}
