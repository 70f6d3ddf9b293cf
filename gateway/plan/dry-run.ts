import { maskSecretStatus } from '../../domain/mask/secret/secret-status.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { cannotImpersonate, readImpersonationRefusal } from '../forward/impersonation-refusal.ts'
import { policyMasking } from '../mask/policy-masking.ts'
import { deleteBody, deleteOptionsOf } from './delete-options.ts'
import { isSecrets } from './mask-for-approvers.ts'
import type { Planned, PlanDoors } from './plan.ts'
import { callAs, type Reply } from './upstream-call.ts'

/**
 * Where a dry run is one: handlers that take their options from the query. An eviction, a binding or an approval has a
 * handler of its own, a token request would mint, and a stream has nothing to try.
 */
const TRIED: ReadonlySet<string> = new Set(['', 'scale', 'status', 'resize', 'ephemeralcontainers'])
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

export const canBeTried = ({ asked: { classified } }: Planned): boolean =>
  classified.power !== 'mint' && TRIED.has(classified.info.subresource) && WRITES.has(classified.info.verb)

/**
 * What upstream said of a dry run that failed: the agent learns it at once, and nobody is asked to approve the impossible. Its words can
 * quote the object, so whoever may not read that gets none of them.
 */
function refusalFrom(planned: Planned, { status, text }: Reply, by: { readonly doors: PlanDoors; readonly readable: boolean }): StatusError {
  const beyond = readImpersonationRefusal(status, text)
  if (beyond !== undefined) return cannotImpersonate(beyond, [planned.decision.policy])
  const { info } = planned.asked.classified
  const quotes = !by.readable || isSecrets(planned) || policyMasking(planned.policies, info).fields.length > 0
  const { name, resource } = info
  const masked = quotes ? maskSecretStatus(Buffer.from(text), { status, name, resource }).toString('utf8') : by.doors.masking.agentText(text)
  return statusErrorOf(status, masked)
}

const isUnsupported = ({ status, text }: Reply): boolean => status === 400 && /does not support dry.?run/i.test(text)

/** An answer of upstream to a dry run. `made`: there was no such object. */
export type Tried = { readonly body: Buffer; readonly made: boolean }

/**
 * Tries the operation in the agent's name. Undefined where the server cannot. An aggregated API server that ignores `dryRun` would act; the
 * webhook refuses such a call, where it is asked. @throws StatusError when upstream would refuse the operation
 */
export async function dryRun(planned: Planned, doors: PlanDoors, readable: boolean): Promise<Tried | undefined> {
  const { asked, decision } = planned
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
    doors.upstream,
  )
  if (reply.status < 400) return { body: Buffer.from(reply.text), made: reply.status === 201 }
  if (isUnsupported(reply)) return undefined
  throw refusalFrom(planned, reply, { doors, readable })
}
