import { bindVersion, readWritten } from '../../domain/mask/restore.ts'
import { mediaType } from '../../domain/media-type.ts'
import { StatusError } from '../../domain/status-error.ts'
import { refuseLongNumbers } from '../decide/body/prepare-body.ts'
import { readYaml } from '../decide/body/yaml-body.ts'
import type { ClassifiedRequest, Permitted } from '../steps.ts'
import { boundTo, deleteBody, deleteOptionsOf, readOptions } from './body/delete-options.ts'
import type { Identified } from './render/render-plan.ts'
import { supportsDryRun } from './dry-run/supports-dry-run.ts'
import type { Plan, Planned } from './plan.ts'

/** The body and headers to send for an approved operation, and the objects it is limited to. */
export type BoundRequest = Pick<Permitted, 'outgoing'> & Partial<Pick<Permitted, 'headers' | 'only'>>

const unbound = (): StatusError =>
  new StatusError(
    'ServiceUnavailable',
    'the server did not return the UID or the version of the object, so the operation cannot be bound to the approved object',
  )

function only(targets: readonly Identified[]): { readonly uid: string; readonly resourceVersion?: string } {
  const [target] = targets
  if (target?.uid === undefined) throw unbound()
  return { uid: target.uid, ...(target.resourceVersion === undefined ? {} : { resourceVersion: target.resourceVersion }) }
}

const asJson = ({ headers }: ClassifiedRequest): Permitted['headers'] => new Map([...headers, ['content-type', 'application/json']])

function boundEviction(asked: ClassifiedRequest, { targets }: Plan): BoundRequest {
  const eviction = readOptions(asked)
  const { uid } = only(targets)
  const options = boundTo((eviction['deleteOptions'] ?? {}) as { readonly [field: string]: unknown }, { uid })
  return { outgoing: Buffer.from(JSON.stringify({ ...eviction, deleteOptions: options })), headers: asJson(asked) }
}

/** Converts the body to JSON, so that a resourceVersion can be added. Protobuf stays as it is. */
function jsonOf(asked: ClassifiedRequest, body: Buffer): Buffer {
  if (mediaType(asked.headers.get('content-type')).includes('protobuf')) return body
  refuseLongNumbers(body)
  const tree = readWritten(body, readYaml)
  if (tree === undefined) throw new StatusError('BadRequest', 'the body is ambiguous, so the operation cannot be bound to the approved object')
  return Buffer.from(JSON.stringify(tree))
}

/** Refuses, before approval is requested, a change that could not be bound to its object afterwards. @throws StatusError 4xx */
export function refuseUnbindable(planned: Planned): void {
  const { verb } = planned.asked.classified.info
  if (supportsDryRun(planned.asked.classified) && (verb === 'update' || verb === 'patch')) jsonOf(planned.asked, planned.sends)
}

async function boundChange(asked: ClassifiedRequest, body: Buffer, { targets }: Plan): Promise<BoundRequest> {
  const [target] = targets
  if (target === undefined) return { outgoing: body }
  const { resourceVersion } = target
  if (resourceVersion === undefined) throw unbound()
  return { outgoing: await bindVersion(jsonOf(asked, body), { contentType: asked.headers.get('content-type'), resourceVersion }) }
}

/**
 * Binds an approved operation to the objects that its plan was made from, by preconditions: if one of them is changed or replaced between
 * the plan and the write, kube-apiserver returns 409. Streams, and subresources with a handler of their own, take no preconditions, except
 * evictions.
 * @throws StatusError 4xx for a body that a precondition cannot be added to, ServiceUnavailable for an object without a UID
 */
export async function bindToPlan(plan: Plan, planned: Planned, body: Buffer): Promise<BoundRequest> {
  const { asked } = planned
  const { info } = asked.classified
  if (info.subresource === 'eviction') return boundEviction(asked, plan)
  if (!supportsDryRun(planned.asked.classified)) return { outgoing: body }
  switch (info.verb) {
    case 'delete':
      return { outgoing: deleteBody(boundTo(deleteOptionsOf(asked), only(plan.targets)), {}), headers: asJson(asked) }
    case 'deletecollection':
      return {
        outgoing: deleteBody(deleteOptionsOf(asked), {}),
        headers: asJson(asked),
        only: plan.targets.map(({ name, uid = '' }) => ({ name, uid })),
      }
    case 'update':
    case 'patch':
      return await boundChange(asked, body, plan)
    default:
      return { outgoing: body }
  }
}
