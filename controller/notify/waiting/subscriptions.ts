import type { AccessPolicy, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { decidingRule, isBreakGlass } from '../../../domain/api/notifications/notified-fields.ts'
import { eventsOf, type Notification, type NotificationEvent } from '../../../domain/api/notifications/notification.ts'
import { RISKS, riskIn } from '../../../domain/api/approvals/risk.ts'
import type { Audience } from '../messages/base.ts'

/** What one channel wants to know about one request. */
export type Subscription = { readonly events: ReadonlySet<NotificationEvent>; readonly to: Audience }

const isAtLeast = (risk: Risk, min: Risk): boolean => RISKS.indexOf(risk) >= RISKS.indexOf(min)

/** The policies that govern the request, as far as they exist. */
function policiesOf({ spec, status }: AccessRequest, policy: (name: string) => AccessPolicy | undefined): readonly AccessPolicy[] {
  const names = new Set([...(spec.policy === undefined ? [] : [spec.policy]), ...(status?.policies ?? [])])
  return [...names].flatMap((name) => policy(name) ?? [])
}

/** One more notification for a channel that may be known already. */
function added(before: Subscription | undefined, each: Notification): Subscription {
  const to = each.to === 'Requester' && before?.to !== 'Approvers' ? 'Requester' : 'Approvers'
  return { events: new Set([...(before?.events ?? []), ...eventsOf(each)]), to }
}

/**
 * The channels that are told about a request, by name. The notifications of all governing policies add up: what one policy wants to be told,
 * another cannot suppress.
 */
export function subscriptionsOf(request: AccessRequest, policy: (name: string) => AccessPolicy | undefined): ReadonlyMap<string, Subscription> {
  const risk = riskIn(request.status)
  // Break-glass access is granted by a rule too, and never silent.
  const isAutomatic = decidingRule(request) !== undefined && !isBreakGlass(request)
  const wants = ({ minRisk = 'Low', includeAutomatic = false }: Notification): boolean =>
    isAtLeast(risk, minRisk) && (includeAutomatic || !isAutomatic)
  const found = new Map<string, Subscription>()
  for (const { spec } of policiesOf(request, policy))
    for (const each of (spec.notifications ?? []).filter(wants)) found.set(each.channel, added(found.get(each.channel), each))
  return found
}
