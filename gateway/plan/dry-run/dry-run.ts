import { whyNoDryRun } from '../../classify/keeps-dry-run.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { cannotBeTried, refusedWrite } from '../../decide/body/refused-write.ts'
import { deleteBody, deleteOptionsOf } from '../body/delete-options.ts'
import { isSecrets } from '../mask-for-approvers.ts'
import type { Planned, PlanDependencies } from '../plan.ts'
import { callAs } from './upstream-call.ts'

/** The response of upstream to a dry run. `made`: the operation would create the object (status 201). */
export type DryRunResult = { readonly body: Buffer; readonly made: boolean }

/**
 * Sends the operation as a dry run, impersonating the agent. Undefined if the server does not support dry runs of it, or might execute it.
 * @throws StatusError when upstream would refuse the operation
 */
export async function dryRun(planned: Planned, deps: PlanDependencies, readable: boolean): Promise<DryRunResult | undefined> {
  const { asked, decision } = planned
  if (whyNoDryRun(asked.classified.info, deps.servers) !== undefined) return undefined
  const query = new URLSearchParams(asked.query)
  query.set('dryRun', 'All')
  const deletes = asked.method === 'DELETE'
  const contentType = deletes ? 'application/json' : asked.headers.get('content-type')
  const reply = await callAs(
    planned,
    {
      method: asked.method,
      target: writeTarget({ path: asked.path, query }),
      body: deletes ? deleteBody(deleteOptionsOf(asked), { dryRun: ['All'] }) : planned.outgoing,
      ...(contentType === undefined ? {} : { contentType }),
      hold: 'preview',
      elevated: decision.policy,
    },
    deps.upstream,
  )
  if (reply.status < 400) return { body: Buffer.from(reply.text), made: reply.status === 201 }
  if (cannotBeTried(reply)) return undefined
  // Refused now, so that approvers are not asked about an operation that would fail.
  throw refusedWrite({ asked, decided: planned }, reply, { masking: deps.masking, readable: readable && !isSecrets(planned) })
}

/**
 * Two dry runs of the same operation, since what differs between them, such as a generated name, is not part of the plan. One of a deletion, which
 * makes nothing. Empty if no dry run is possible. @throws StatusError when upstream would refuse the operation
 */
export async function dryRuns(planned: Planned, deps: PlanDependencies, readable: boolean): Promise<readonly DryRunResult[]> {
  const first = await dryRun(planned, deps, readable)
  if (first === undefined || planned.asked.classified.info.verb === 'delete') return first === undefined ? [] : [first]
  const second = await dryRun(planned, deps, readable)
  return second === undefined ? [first] : [first, second]
}
