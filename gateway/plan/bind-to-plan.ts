import { bindVersion } from '../../domain/mask/restore/bind-version.ts'
import { mediaType } from '../../domain/mask/restore/oracles.ts'
import { readWritten } from '../../domain/mask/restore/unambiguous-json.ts'
import { StatusError } from '../../domain/status-error.ts'
import { refuseLongNumbers } from '../decide/body/prepare-body.ts'
import { readYaml } from '../decide/body/yaml-body.ts'
import type { Asked, Permitted } from '../steps.ts'
import { boundTo, deleteBody, deleteOptionsOf, readOptions } from './body/delete-options.ts'
import type { Identified } from './drawing/draw.ts'
import { canBeTried } from './dry-run/dry-run.ts'
import type { Plan, Planned } from './plan.ts'

/** What is sent of an approved operation, and to which objects. */
export type Bound = Pick<Permitted, 'outgoing'> & Partial<Pick<Permitted, 'headers' | 'only'>>

const unbound = (): StatusError =>
  new StatusError('ServiceUnavailable', 'the server does not say which object it is, so the operation cannot be held to the one that was approved')

function only(targets: readonly Identified[]): { readonly uid: string; readonly resourceVersion?: string } {
  const [target] = targets
  if (target?.uid === undefined) throw unbound()
  return { uid: target.uid, ...(target.resourceVersion === undefined ? {} : { resourceVersion: target.resourceVersion }) }
}

const asJson = ({ headers }: Asked): Permitted['headers'] => new Map([...headers, ['content-type', 'application/json']])

function boundEviction(asked: Asked, { targets }: Plan): Bound {
  const eviction = readOptions(asked)
  const { uid } = only(targets)
  const options = boundTo((eviction['deleteOptions'] ?? {}) as { readonly [field: string]: unknown }, { uid })
  return { outgoing: Buffer.from(JSON.stringify({ ...eviction, deleteOptions: options })), headers: asJson(asked) }
}

/** JSON that says the same, since a version has to be put into it. */
function jsonOf(asked: Asked, body: Buffer): Buffer {
  if (mediaType(asked.headers.get('content-type')).includes('protobuf')) return body
  refuseLongNumbers(body)
  const tree = readWritten(body, readYaml)
  if (tree === undefined)
    throw new StatusError('BadRequest', 'the body cannot be read in one way, so it cannot be held to the object that was approved')
  return Buffer.from(JSON.stringify(tree))
}

/** Refuses, before anybody is asked, a change that could not be held to its object afterwards. @throws StatusError 4xx */
export function refuseUnbindable(planned: Planned): void {
  const { verb } = planned.asked.classified.info
  if (canBeTried(planned) && (verb === 'update' || verb === 'patch')) jsonOf(planned.asked, planned.sends)
}

async function boundChange(asked: Asked, body: Buffer, { targets }: Plan): Promise<Bound> {
  const [target] = targets
  if (target === undefined) return { outgoing: body }
  const { resourceVersion } = target
  if (resourceVersion === undefined) throw unbound()
  return { outgoing: await bindVersion(jsonOf(asked, body), { contentType: asked.headers.get('content-type'), resourceVersion }) }
}

/**
 * Holds an approved operation to the objects that its plan was made of a moment ago: whoever changes or replaces one between that look and
 * the write makes kube-apiserver answer 409. A stream, and a subresource that is no plain write, take no such condition.
 * @throws StatusError 4xx for a body that it cannot be written into, ServiceUnavailable for an object without a UID
 */
export async function bindToPlan(plan: Plan, planned: Planned, body: Buffer): Promise<Bound> {
  const { asked } = planned
  const { info } = asked.classified
  if (info.subresource === 'eviction') return boundEviction(asked, plan)
  if (!canBeTried(planned)) return { outgoing: body }
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
