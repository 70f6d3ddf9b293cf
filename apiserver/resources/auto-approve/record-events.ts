import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { about, toRecord } from '../decisions/decided.ts'
import { summaryOf } from '../access-summary.ts'

/** The event of a request that rules approved. Its audit ID is that of the creation. @param rules the rules, as `POLICY/RULE` */
export function approvedByRules(
  { request, grant, rules }: { readonly request: AccessRequest; readonly grant: AccessGrant; readonly rules: readonly [string, ...string[]] },
  context: RequestContext,
): Write {
  const { spec, metadata, status } = request
  const effective = { ...spec, ...status?.narrowed }
  return toRecord(
    {
      event: 'access.decided',
      ...about(context, spec.requester),
      by: `rule:${rules[0]}`,
      rules,
      decision: 'Approved',
      request: metadata.name,
      grant: grant.metadata.name,
      policy: grant.spec.policy,
      asks: summaryOf(effective),
      durationSeconds: effective.durationSeconds,
      maxUses: grant.spec.maxUses,
      narrowed: status?.narrowed === undefined ? undefined : true,
      message: status?.autoApproval?.message,
    },
    context.nowMs,
  )
}
