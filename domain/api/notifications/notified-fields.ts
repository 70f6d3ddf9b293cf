import { conditionOf } from '../conditions.ts'
import type { AccessPolicy } from '../access-policy.ts'
import type { AccessRequest } from '../access-request.ts'

/** Names of the channels that the policy uses, each once. */
export const channelsOf = ({ spec }: AccessPolicy): readonly string[] => [...new Set((spec.notifications ?? []).map(({ channel }) => channel))]

/** The rule that decided in place of a human. Undefined if a human decided, or nobody did. */
export function decidingRule({ status }: AccessRequest): string | undefined {
  const by = (status as { readonly decidedBy?: { readonly rule?: unknown } } | undefined)?.decidedBy
  return typeof by?.rule === 'string' ? by.rule : undefined
}

/** Whether the request takes access without waiting for an approval. */
export const isBreakGlass = ({ spec }: AccessRequest): boolean => {
  const { breakGlass } = spec as { readonly breakGlass?: unknown }
  return breakGlass !== undefined && breakGlass !== false
}

/** When the condition became true, in milliseconds. Undefined if it is absent. */
export function sinceMs({ status }: Pick<AccessRequest, 'status'>, type: string): number | undefined {
  const time = conditionOf(status?.conditions, type)?.lastTransitionTime
  return time === undefined ? undefined : Date.parse(time)
}
