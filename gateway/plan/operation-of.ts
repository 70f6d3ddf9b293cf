import type { Operation } from '../../domain/api/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import { shownTarget } from '../mask/operation-text.ts'
import type { Held } from '../ports.ts'
import type { Identified } from './render/render-plan.ts'
import { makePlan } from './make-plan.ts'
import type { PlanDependencies } from './plan.ts'
import { summaryOf } from './operation-summary.ts'

/** Below the limit of AccessRequest's spec.operation.path. */
const MAX_PATH = 196_608

function targetsOf(targets: readonly Identified[]): Pick<Operation, 'targets'> {
  const known = targets.flatMap(({ namespace, name, uid, resourceVersion }) =>
    uid === undefined
      ? []
      : [{ name, uid, ...(namespace === undefined ? {} : { namespace }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }],
  )
  return known.length === 0 ? {} : { targets: known }
}

/** Builds `spec.operation` of the AccessRequest for a held operation. @throws StatusError when it cannot be shown, or upstream would refuse it */
export async function operationOf(held: Held, deps: PlanDependencies): Promise<Operation> {
  const { method, classified } = held.asked
  const path = shownTarget(held.asked, classified.info)
  if (path.length > MAX_PATH) throw new StatusError('BadRequest', 'the request is too long to be shown to an approver', { code: 414 })
  const { hashes, targets, shown } = await makePlan(held, deps, 'show')
  return { method, path, digest: held.digest, summary: await summaryOf(held, deps), planHash: hashes[0], ...targetsOf(targets), ...shown }
}
