import { StatusError } from '../../domain/status-error.ts'
import { writeTarget } from '../arrive/read-target.ts'
import type { Planned, PlanDependencies } from './plan.ts'
import { callAs, type Reply } from './dry-run/upstream-call.ts'

export type LiveObject = {
  /** The object as kube-apiserver returned it. Undefined if it does not exist, or if the impersonated agent may not read it. */
  readonly object: Buffer | undefined
  readonly absent: boolean
  /** Whether policy and RBAC let the agent read it. */
  readonly readable: boolean
}

const unclear = ({ status }: Reply): StatusError =>
  new StatusError('ServiceUnavailable', `the object of the operation cannot be read (kube-apiserver answered ${status}); nothing was done`, {
    details: { retryAfterSeconds: 5 },
  })

/** Undefined if reading is forbidden, or unsupported: a subresource without GET returns 405. @throws StatusError for any other status */
function targetIn(reply: Reply, readable: boolean): LiveObject | undefined {
  if (reply.status === 200) return { object: Buffer.from(reply.text), absent: false, readable }
  if (reply.status === 404) return { object: undefined, absent: true, readable }
  if (reply.status === 403 || reply.status === 405) return undefined
  throw unclear(reply)
}

/**
 * Reads the target of an operation as the agent, if its policies and RBAC allow that. Otherwise reads it with the rights that an approval
 * would give, and only approvers may see it.
 * @throws StatusError ServiceUnavailable when kube-apiserver returns another status than 200, 403, 404 or 405
 */
export async function readLiveObject(planned: Planned, deps: PlanDependencies, path: string): Promise<LiveObject> {
  const call = { method: 'GET', target: writeTarget({ path, query: new URLSearchParams() }), hold: 'preview' } as const
  const asAgent = planned.mayRead(path) ? targetIn(await callAs(planned, call, deps.upstream), true) : undefined
  if (asAgent !== undefined) return asAgent
  const elevated = await callAs(planned, { ...call, elevated: planned.decision.policy }, deps.upstream)
  return targetIn(elevated, false) ?? { object: undefined, absent: false, readable: false }
}

/** Whether policies and RBAC both let the agent list these objects. */
export async function mayList(planned: Planned, deps: PlanDependencies): Promise<boolean> {
  const { path, query } = planned.asked
  const selectors = [...query].filter(([key]) => key === 'labelSelector' || key === 'fieldSelector')
  const list = new URLSearchParams(selectors)
  if (!planned.mayRead(path, list)) return false
  list.set('limit', '1')
  const { status } = await callAs(planned, { method: 'GET', target: writeTarget({ path, query: list }), hold: 'preview' }, deps.upstream)
  return status === 200
}
