import { whyNoDryRun } from '../../classify/keeps-dry-run.ts'
import { writeTarget } from '../../arrive/read-target.ts'
import { cannotBeTried, refusedWrite } from '../../decide/body/refused-write.ts'
import { deleteBody, deleteOptionsOf } from '../body/delete-options.ts'
import { isTried } from './is-tried.ts'
import { isSecrets } from '../mask-for-approvers.ts'
import type { Planned, PlanDependencies } from '../plan.ts'
import { callAs } from './upstream-call.ts'

export const canBeTried = ({ asked: { classified } }: Planned): boolean => isTried(classified)

/** An answer of upstream to a dry run. `made`: there was no such object. */
export type Tried = { readonly body: Buffer; readonly made: boolean }

/** Tries the operation in the agent's name. Undefined where the server cannot, or might act. @throws StatusError when upstream would refuse the operation */
export async function dryRun(planned: Planned, deps: PlanDependencies, readable: boolean): Promise<Tried | undefined> {
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
  // The agent learns it at once, and nobody is asked to approve the impossible.
  throw refusedWrite({ asked, decided: planned }, reply, { masking: deps.masking, readable: readable && !isSecrets(planned) })
}
